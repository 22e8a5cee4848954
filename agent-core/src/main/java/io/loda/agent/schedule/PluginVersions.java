package io.loda.agent.schedule;

import io.loda.agent.assignment.Assignment;
import io.loda.agent.source.PluginRun;
import io.vertx.core.Future;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Which versions of script plugins run: updates them, takes back what keeps failing, deletes what
 * isn't assigned any more. On the scheduler's event loop.
 */
final class PluginVersions {

  private static final Logger LOG = LoggerFactory.getLogger(PluginVersions.class);

  private final SourceOpener opener;
  private final InstantSource clock;
  private final Consumer<Assignment.Script> switched;
  private final AutoUpdates updates;

  /**
   * Versions, as they are.
   *
   * @param autoUpdate how often each plugin is updated by itself; zero: never
   * @param switched is told of a plugin that runs another version now; from any thread
   */
  PluginVersions(
      SourceOpener opener,
      Timers timers,
      Duration autoUpdate,
      Supplier<String> hostname,
      InstantSource clock,
      Consumer<Assignment.Script> switched) {
    this.opener = opener;
    this.clock = clock;
    this.switched = switched;
    this.updates = new AutoUpdates(timers, autoUpdate, hostname, clock, this::update);
  }

  /** From now on updates it by itself, where that is configured. */
  void add(Assignment assignment) {
    updates.add(assignment);
  }

  void remove(String key) {
    updates.remove(key);
  }

  /**
   * Fetches a plugin's newest commit, and switches to it.
   *
   * @return the commit; empty for a folder, which is run in place
   */
  Future<String> update(Assignment.Script script) {
    String before = opener.version(script).commit();
    return opener
        .update(script)
        .onSuccess(
            commit -> {
              if (!commit.equals(before)) {
                LOG.info("plugin {} is at {} now", script.key(), commit);
                switched.accept(script);
              }
            });
  }

  /** Deletes what is left of plugins that haven't been assigned for long. */
  void removeUnassigned(Set<String> assigned) {
    opener.removeUnassigned(assigned, clock.instant());
  }

  /**
   * Looks whether a plugin's version may still run, where the keyring may have changed.
   *
   * @param refused is done where it may not; from any thread
   */
  void lookAtSignature(Assignment.Script script, Runnable refused) {
    opener
        .mayRun(script)
        .onSuccess(
            may -> {
              if (!may) {
                refused.run();
              }
            })
        .onFailure(
            e ->
                LOG.warn(
                    "plugin {}: its signature can't be looked at: {}", script.key(), e.toString()));
  }

  /** Takes note of a stream that has run well for a while. */
  void ranWell(Assignment.Script script, String commit) {
    opener.ranWell(script, commit);
  }

  /** Takes note of how a run ended. */
  void ran(Assignment.Script script, PluginRun run) {
    opener
        .ran(script, run)
        .onSuccess(
            back -> {
              if (back) {
                switched.accept(script);
              }
            });
  }

  /** Updates nothing by itself any more. */
  void close() {
    updates.close();
  }
}
