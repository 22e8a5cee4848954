package io.loda.agent.plugins;

import io.loda.agent.assignment.Assignment;
import io.loda.agent.git.PluginUpdate;
import io.loda.agent.schedule.time.EventLoop;
import io.loda.agent.schedule.time.Timers;
import io.loda.agent.source.PluginRun;
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
 * Which versions of script plugins run: updates them, takes back what keeps failing, deletes what
 * isn't assigned any more. On the scheduler's event loop.
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
   * Versions, as they are.
   *
   * @param retry how long after a failure a version that is asked for is fetched again
   * @param autoUpdate how often each plugin is updated by itself; zero: never
   * @param switched is told of a plugin that runs another version now; from any thread
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

  /** From now on updates it by itself, where that is configured. */
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

  /** It runs in a version that came by another reference: fetches the one that is asked for. */
  public void notAsAsked(Assignment.Script script) {
    loop.run(() -> asked.ask(script));
  }

  /** Why a plugin runs in another version than is asked for; empty: it doesn't. */
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

  /** Deletes what is left of plugins that haven't been assigned for long. */
  public void removeUnassigned(Set<String> assigned) {
    opener.removeUnassigned(assigned, clock.instant());
  }

  /**
   * Looks whether a plugin's version may still run, where the keyring may have changed.
   *
   * @param refused is done where it may not; from any thread
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
                    "plugin {}: its signature can't be looked at: {}", script.key(), e.toString()));
  }

  /** Takes note of a stream that has run well for a while. */
  public void ranWell(Assignment.Script script, String commit) {
    opener.ranWell(script, commit);
  }

  /** Takes note of how a run ended. */
  public void ran(Assignment.Script script, PluginRun run) {
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

  /** What is back may have come by another reference than the one that is asked for. */
  private void lookWhatIsAsked(Assignment.Script script) {
    opener
        .isAsAsked(script)
        .onSuccess(
            so -> {
              if (!so) {
                notAsAsked(script);
              }
            })
        .onFailure(e -> LOG.warn("plugin {}: can't be looked at: {}", script.key(), e.toString()));
  }

  /** Updates nothing by itself any more. */
  public void close() {
    asked.close();
    updates.close();
  }
}
