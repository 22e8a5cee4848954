package io.loda.agent.plugins;

import io.loda.agent.assignment.Assignment;
import io.loda.agent.git.RolledBackException;
import io.loda.agent.timers.Retries;
import io.loda.agent.timers.Timers;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Fetches the versions that items ask for but that aren't in force, with retries. Meanwhile the
 * version in force goes on, and {@link #problem} says so. On the scheduler's event loop.
 */
final class AskedVersions {

  private static final Logger LOG = LoggerFactory.getLogger(AskedVersions.class);

  private final Timers timers;
  private final Duration retry;
  private final Function<Assignment.Script, Future<?>> fetch;
  private final Function<Assignment.Script, String> commit;
  private final Map<String, Assignment.Script> assigned = new HashMap<>();
  private final Map<String, Asked> asked = new HashMap<>();

  /**
   * @param retry the first back-off after a failure
   * @param fetch fetches the version that an item asks for and switches to it
   * @param commit returns the commit of the version in force
   */
  AskedVersions(
      Timers timers,
      Duration retry,
      Function<Assignment.Script, Future<?>> fetch,
      Function<Assignment.Script, String> commit) {
    this.timers = timers;
    this.retry = retry;
    this.fetch = fetch;
    this.commit = commit;
  }

  private static final class Asked {
    private final Retries retries;
    private String problem = "it is being fetched";

    /** Its newest commit was rolled back before: there is no other one yet. */
    private boolean rolledBack;

    Asked(Timers timers, Duration retry, Runnable again) {
      this.retries = new Retries(timers, retry, again);
    }
  }

  void add(Assignment.Script script) {
    remove(script.key());
    assigned.put(script.key(), script);
  }

  void remove(String key) {
    assigned.remove(key);
    isInForce(key);
  }

  /** Fetches the version that an item asks for, and retries until it is in force. */
  void ask(Assignment.Script script) {
    // it may have been removed meanwhile
    if (!script.equals(assigned.get(script.key())) || asked.containsKey(script.key())) {
      return;
    }
    asked.put(script.key(), new Asked(timers, retry, () -> tryIt(script)));
    tryIt(script);
  }

  private void tryIt(Assignment.Script script) {
    Asked now = asked.get(script.key());
    // an exception counts as a failure
    Future.succeededFuture()
        .compose(unused -> fetch.apply(script))
        .onComplete(
            result -> {
              if (asked.get(script.key()) != now || now == null) {
                return;
              }
              if (result.succeeded()) {
                isInForce(script.key());
              } else {
                failed(script, now, result.cause());
              }
            });
  }

  private void failed(Assignment.Script script, Asked now, Throwable cause) {
    String reason = String.valueOf(cause.getMessage() == null ? cause : cause.getMessage());
    // an invalid reference stays invalid
    boolean again = !(cause instanceof IllegalArgumentException);
    if (!reason.equals(now.problem)) {
      now.problem = reason;
      now.rolledBack = cause instanceof RolledBackException;
      LOG.warn(
          "plugin {}: {}{}",
          script.key(),
          text(script, now),
          again ? "; retrying in " + now.retries.after().toSeconds() + " s" : "");
    }
    if (again) {
      now.retries.later();
    }
  }

  /** Stops the retries: the version is in force. */
  void isInForce(String key) {
    Asked done = asked.remove(key);
    if (done != null) {
      done.retries.stop();
    }
  }

  /** Why the version that is asked for isn't in force; empty: it is. */
  String problem(Assignment.Script script) {
    @Nullable Asked now = asked.get(script.key());
    return now == null ? "" : text(script, now);
  }

  private String text(Assignment.Script script, Asked now) {
    String goesOn = commit.apply(script) + " goes on: " + now.problem;
    if (script.ref().isEmpty()) {
      return now.rolledBack ? goesOn : "the version without a ref isn't in force, " + goesOn;
    }
    return "ref " + script.ref() + " isn't in force, " + goesOn;
  }

  void close() {
    asked.values().forEach(one -> one.retries.stop());
    asked.clear();
  }
}
