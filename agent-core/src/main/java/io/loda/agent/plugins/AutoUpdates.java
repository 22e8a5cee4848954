package io.loda.agent.plugins;

import io.loda.agent.assignment.Assignment;
import io.loda.agent.assignment.GitAddress;
import io.loda.agent.timers.Splay;
import io.loda.agent.timers.Timers;
import io.vertx.core.Future;
import java.time.Duration;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Updates script plugins once an interval, spread over time by plugin and host so that a fleet
 * doesn't ask a server at once. On the scheduler's event loop.
 */
final class AutoUpdates {

  private static final Logger LOG = LoggerFactory.getLogger(AutoUpdates.class);

  private final Timers timers;
  private final Duration interval;
  private final Supplier<String> hostname;
  private final InstantSource clock;
  private final Function<Assignment.Script, ? extends Future<?>> update;
  private final Map<String, Timers.Timer> set = new HashMap<>();
  private final Map<String, String> problems = new HashMap<>();

  /**
   * @param interval zero: never
   * @param update updates one plugin
   */
  AutoUpdates(
      Timers timers,
      Duration interval,
      Supplier<String> hostname,
      InstantSource clock,
      Function<Assignment.Script, ? extends Future<?>> update) {
    this.timers = timers;
    this.interval = interval;
    this.hostname = hostname;
    this.clock = clock;
    this.update = update;
  }

  void add(Assignment assignment) {
    if (interval.isZero()
        || !(assignment instanceof Assignment.Script script)
        || script.git().startsWith(GitAddress.PATH)) {
      return;
    }
    remove(script.key());
    Duration first = Splay.of(hostname.get(), "update " + script.key(), interval, clock.instant());
    set.put(script.key(), timers.every(first, interval, () -> update(script)));
  }

  void remove(String key) {
    Timers.Timer timer = set.remove(key);
    if (timer != null) {
      timer.cancel();
    }
    problems.remove(key);
  }

  void close() {
    set.values().forEach(Timers.Timer::cancel);
    set.clear();
  }

  /** Updates a plugin; logs a failure once until the reason changes, and its end. */
  private void update(Assignment.Script script) {
    update
        .apply(script)
        .onSuccess(
            unused -> {
              if (problems.remove(script.key()) != null) {
                LOG.info("plugin {}: updates work again", script.key());
              }
            })
        .onFailure(
            e -> {
              String reason = String.valueOf(e.getMessage());
              if (!reason.equals(problems.put(script.key(), reason))) {
                LOG.warn(
                    "plugin {}: update failed, retrying at the next interval: {}",
                    script.key(),
                    reason);
              }
            });
  }
}
