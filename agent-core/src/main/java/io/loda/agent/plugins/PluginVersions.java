package io.loda.agent.plugins;

import io.loda.agent.assignment.Assignment;
import io.loda.agent.git.PluginUpdate;
import io.loda.agent.source.script.result.RunResult;
import io.loda.agent.timers.EventLoop;
import io.loda.agent.timers.Timers;
import io.loda.common.files.FileReason;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The versions of script plugins: updates them, rolls back one that keeps failing, deletes those of
 * unassigned plugins. On the scheduler's event loop.
 */
public final class PluginVersions {

  private static final Logger LOG = LoggerFactory.getLogger(PluginVersions.class);

  private final SourceOpener opener;
  private final InstantSource clock;
  private final Consumer<Assignment.Script> switched;
  private final EventLoop loop;
  private final AutoUpdates updates;
  private final AskedVersions asked;

  /**
   * @param retry the first back-off after a failed fetch
   * @param autoUpdate how often each plugin is updated automatically; zero: never
   * @param switched called, on any thread, with a plugin that switched to another version
   */
  public PluginVersions(
      SourceOpener opener,
      EventLoop loop,
      Timers timers,
      Duration retry,
      Duration autoUpdate,
      Supplier<String> hostname,
      InstantSource clock,
      Consumer<Assignment.Script> switched) {
    this.opener = opener;
    this.loop = loop;
    this.clock = clock;
    this.switched = switched;
    this.updates = new AutoUpdates(timers, autoUpdate, hostname, clock, this::update);
    this.asked =
        new AskedVersions(timers, retry, this::update, script -> opener.version(script).commit());
  }

  /** Starts automatic updates of a plugin, if configured. */
  public void add(Assignment assignment) {
    updates.add(assignment);
    if (assignment instanceof Assignment.Script script) {
      asked.add(script);
    }
  }

  public void remove(String key) {
    updates.remove(key);
    asked.remove(key);
  }

  /** Fetches the version that the item asks for: another reference's is in force. */
  public void notAsAsked(Assignment.Script script) {
    loop.run(() -> asked.ask(script));
  }

  /** Why a plugin runs another version than its item asks for; empty: it doesn't. */
  public String problem(Assignment.Script script) {
    return asked.problem(script);
  }

  /** Fetches a plugin's newest commit, and switches to it. */
  public Future<PluginUpdate> update(Assignment.Script script) {
    Promise<PluginUpdate> done = Promise.promise();
    opener
        .update(script)
        .onComplete(
            result ->
                loop.run(
                    () -> {
                      if (result.succeeded()) {
                        asked.isInForce(script.key());
                        if (!result.result().to().equals(result.result().from())) {
                          switched.accept(script);
                        }
                      }
                      done.handle(result);
                    }));
    return done.future();
  }

  /** Deletes what plugins left that haven't been assigned for long. */
  public void removeUnassigned(Set<String> assigned) {
    opener.removeUnassigned(assigned, clock.instant());
  }

  /**
   * Checks whether a plugin's version may still run, as the keyring may have changed.
   *
   * @param refused run, on any thread, if it may not
   */
  public void lookAtSignature(Assignment.Script script, Runnable refused) {
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
                    "plugin {}: check of its signature failed: {}",
                    script.key(),
                    FileReason.of(e)));
  }

  /** Notes that a stream has run well for a while. */
  public void ranWell(Assignment.Script script, String commit) {
    opener.ranWell(script, commit);
  }

  /** Notes the result of a run, which may cause a rollback. */
  public void ran(Assignment.Script script, RunResult run) {
    opener
        .ran(script, run)
        .onSuccess(
            back -> {
              if (back) {
                switched.accept(script);
                lookWhatIsAsked(script);
              }
            });
  }

  /** After a rollback another reference's version may be in force. */
  private void lookWhatIsAsked(Assignment.Script script) {
    opener
        .isAsAsked(script)
        .onSuccess(
            so -> {
              if (!so) {
                notAsAsked(script);
              }
            })
        .onFailure(
            e ->
                LOG.warn(
                    "plugin {}: look at its version failed: {}", script.key(), FileReason.of(e)));
  }

  /** Stops automatic updates and retries. */
  public void close() {
    asked.close();
    updates.close();
  }
}
