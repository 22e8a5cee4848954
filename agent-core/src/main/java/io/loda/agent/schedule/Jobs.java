package io.loda.agent.schedule;

import io.loda.agent.assignment.Assignment;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The jobs by key. On the scheduler's event loop. */
final class Jobs {

  private final Map<String, Job> jobs = new LinkedHashMap<>();
  private final Map<String, Future<Void>> leaving = new HashMap<>();

  Collection<Job> all() {
    return jobs.values();
  }

  /** The script plugins whose source is open. */
  List<Assignment.Script> openScripts() {
    return jobs.values().stream()
        .filter(job -> job.source() != null)
        .map(Job::assignment)
        .filter(Assignment.Script.class::isInstance)
        .map(Assignment.Script.class::cast)
        .toList();
  }

  Set<String> keys() {
    return jobs.keySet();
  }

  @Nullable Job of(String key) {
    return jobs.get(key);
  }

  /**
   * Starts a job.
   *
   * @param before the stopped job that it replaces; null: none
   */
  void start(Job job, @Nullable Job before) {
    jobs.put(job.assignment().key(), job);
    if (before != null) {
      job.inTheRhythmOf(before);
    }
    job.start();
  }

  /**
   * Removes a job and stops it, without waiting for its end.
   *
   * @return the job; null: there was none
   */
  @Nullable Job stop(String key) {
    Job job = jobs.remove(key);
    if (job != null) {
      Future<Void> end = Future.join(left(key), job.stop()).mapEmpty();
      leaving.put(key, end);
      end.onComplete(unused -> leaving.remove(key, end));
    }
    return job;
  }

  /** Completes when all stopped jobs of the key have ended and closed their source. */
  Future<Void> left(String key) {
    return leaving.getOrDefault(key, Future.succeededFuture());
  }

  /** Stops all; completes when all have ended. */
  Future<?> stop() {
    List<Future<Void>> stops = new ArrayList<>(leaving.values());
    jobs.values().forEach(job -> stops.add(job.stop()));
    jobs.clear();
    return Future.join(stops);
  }
}
