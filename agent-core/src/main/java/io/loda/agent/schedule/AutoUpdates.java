package io.loda.agent.schedule;

import io.loda.agent.assignment.Assignment;
import io.loda.agent.assignment.GitAddress;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Updates script plugins by itself, each once an interval, at a time of its own and of the host's:
 * a fleet doesn't ask a server in step. On the scheduler's event loop.
 */
final class AutoUpdates {

  private static final Logger LOG = LoggerFactory.getLogger(AutoUpdates.class);

  private final Vertx vertx;
  private final Duration interval;
  private final Supplier<String> hostname;
  private final Function<Assignment.Script, Future<String>> update;
  private final Map<String, Long> timers = new HashMap<>();
  private final Map<String, String> last = new HashMap<>();

  /**
   * Updates.
   *
   * @param interval zero: none are made
   * @param update gives the commit
   */
  AutoUpdates(
      Vertx vertx,
      Duration interval,
      Supplier<String> hostname,
      Function<Assignment.Script, Future<String>> update) {
    this.vertx = vertx;
    this.interval = interval;
    this.hostname = hostname;
    this.update = update;
  }

  void add(Assignment assignment) {
    if (interval.isZero()
        || !(assignment instanceof Assignment.Script script)
        || script.git().startsWith(GitAddress.PATH)) {
      return;
    }
    remove(script.key());
    Duration first = Splay.of(hostname.get(), "update " + script.key(), interval);
    timers.put(
        script.key(),
        vertx.setPeriodic(
            Math.max(1, first.toMillis()), interval.toMillis(), unused -> update(script)));
  }

  void remove(String key) {
    Long timer = timers.remove(key);
    if (timer != null) {
      vertx.cancelTimer(timer);
    }
    last.remove(key);
  }

  void close() {
    timers.values().forEach(vertx::cancelTimer);
    timers.clear();
  }

  /** Each outcome is worth one line in the log, and the same again none. */
  private void update(Assignment.Script script) {
    update
        .apply(script)
        .onSuccess(
            commit -> {
              String before = last.put(script.key(), commit);
              if (before != null && !before.equals(commit)) {
                LOG.info("plugin {} is at {} now", script.key(), commit);
              }
            })
        .onFailure(
            e -> {
              String reason = String.valueOf(e.getMessage());
              if (!reason.equals(last.put(script.key(), reason))) {
                LOG.warn("plugin {} can't be updated: {}", script.key(), reason);
              }
            });
  }
}
