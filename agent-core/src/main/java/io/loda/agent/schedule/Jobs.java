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

/** The jobs of what is assigned, by key. On the scheduler's event loop. */
final class Jobs {

  private final Map<String, Job> jobs = new LinkedHashMap<>();
  private final Map<String, Future<Void>> leaving = new HashMap<>();

  Collection<Job> all() {
    return jobs.values();
  }

  /** The script plugins that are ready to run. */
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
   * @param before whose place it takes, as {@link #stop} gave it
   */
  void start(Job job, @Nullable Job before) {
    jobs.put(job.assignment().key(), job);
    if (before != null) {
      job.inTheRhythmOf(before);
    }
    job.start();
  }

  /**
   * Stops a job; it goes on until it has ended, but is no longer one of these.
   *
   * @return it, if there was one
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

  /** Done once those that had the key before have ended, with what they save when they close. */
  Future<Void> left(String key) {
    return leaving.getOrDefault(key, Future.succeededFuture());
  }

  /** Stops all of them; done once all have ended. */
  Future<?> stop() {
    List<Future<Void>> stops = new ArrayList<>(leaving.values());
    jobs.values().forEach(job -> stops.add(job.stop()));
    jobs.clear();
    return Future.join(stops);
  }
}
