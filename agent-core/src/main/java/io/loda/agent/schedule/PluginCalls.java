package io.loda.agent.schedule;

import io.loda.agent.assignment.Assignment;
import io.loda.agent.assignment.policy.HostPolicy;
import io.loda.agent.git.PluginUpdate;
import io.loda.agent.git.PluginVersion;
import io.loda.agent.git.RolledBackException;
import io.loda.agent.plugins.AssignedPlugins;
import io.loda.agent.plugins.PluginCallException;
import io.loda.agent.plugins.SourceOpener;
import io.loda.agent.source.script.ScriptSource;
import io.loda.agent.source.script.result.RunResult;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * The calls on a plugin by hand. A plugin is identified by its namespace and its repository's
 * address, or {@link #byName}. Any thread; a call that can't be done fails with a {@link
 * PluginCallException}, one that was tried with anything else.
 */
public final class PluginCalls {

  private final Scheduler scheduler;
  private final SourceOpener opener;
  private final HostPolicy policy;
  private final boolean named;

  PluginCalls(Scheduler scheduler, SourceOpener opener, HostPolicy policy) {
    this(scheduler, opener, policy, false);
  }

  private PluginCalls(Scheduler scheduler, SourceOpener opener, HostPolicy policy, boolean named) {
    this.scheduler = scheduler;
    this.opener = opener;
    this.policy = policy;
    this.named = named;
  }

  /** The same calls, with plugins identified by their item's name, project or key. */
  public PluginCalls byName() {
    return new PluginCalls(scheduler, opener, policy, true);
  }

  /** Finds a script plugin or a Java plugin. */
  private Future<Assignment> find(String namespace, String plugin) {
    return scheduler
        .assigned()
        .map(
            set ->
                named
                    ? AssignedPlugins.named(set, namespace, plugin)
                    : AssignedPlugins.ofRepository(set, namespace, plugin));
  }

  /** A plugin and the result of its run. */
  public record Ran(Assignment plugin, RunResult result) {}

  /**
   * Runs a plugin now.
   *
   * @param arguments replace the assigned ones; null: the assigned ones
   * @param patience how long to wait for a run that goes on; zero: refuse at once
   */
  public Future<Ran> run(
      String namespace,
      String plugin,
      @Nullable List<String> arguments,
      Duration timeout,
      Duration patience) {
    return find(namespace, plugin)
        .compose(
            found ->
                scheduler.here(
                    () -> {
                      Duration allowed = allowed(timeout);
                      Runs runs = new Runs(namespace, plugin, arguments, timeout);
                      Job job = checked(found, runs);
                      if (!job.isRunning()) {
                        return scheduler.runsByHand().run(allowed, () -> begin(found, runs));
                      }
                      if (patience.isZero()) {
                        throw running(job);
                      }
                      // a waiting call takes a place too, so that waiting ones are bounded
                      return scheduler
                          .runsByHand()
                          .run(allowed.plus(patience), () -> whenFree(job, runs, patience));
                    }));
  }

  private record Runs(
      String namespace, String plugin, @Nullable List<String> arguments, Duration timeout) {}

  /** Returns the job, after checking that it may be run like this. */
  private Job checked(Assignment found, Runs runs) {
    if (found instanceof Assignment.Script script) {
      String refused = policy.refusesRun(script, given(script, runs), runs.timeout());
      if (!refused.isEmpty()) {
        throw new PluginCallException(PluginCallException.Reason.REFUSED, refused);
      }
    } else if (runs.arguments() != null) {
      throw new PluginCallException(
          PluginCallException.Reason.WRONG,
          "param: expected none for a Java plugin, whose parameters are its item's fields");
    }
    Job job = scheduler.jobOf(found);
    // a stream also counts while it waits for its restart
    if (job.isStream() && (job.isRunning() || job.enabled())) {
      throw new PluginCallException(PluginCallException.Reason.RUNNING, "plugin is running");
    }
    if (job.isStream()) {
      throw new PluginCallException(
          PluginCallException.Reason.NOT_READY,
          "plugin is disabled, and runs for ever when it is enabled");
    }
    if (job.hangs()) {
      throw new PluginCallException(
          PluginCallException.Reason.NOT_READY, "plugin hangs: " + job.problem());
    }
    if (job.source() == null) {
      throw notReady(job);
    }
    return job;
  }

  private static List<String> given(Assignment.Script script, Runs runs) {
    List<String> arguments = runs.arguments();
    return arguments == null ? script.parameters() : arguments;
  }

  private static PluginCallException running(Job job) {
    return new PluginCallException(
        PluginCallException.Reason.RUNNING,
        job.isQueued()
            ? "plugin is queued: it is due, and runs when a slot is free"
            : "plugin is running",
        job.secondsUntilFree());
  }

  /** Runs it when the current run has ended; looks the plugin up again, as it may have changed. */
  private Future<Ran> whenFree(Job job, Runs runs, Duration patience) {
    long start = System.nanoTime();
    return job.free()
        .timeout(patience.toMillis(), TimeUnit.MILLISECONDS)
        .recover(
            e ->
                // it has ended, good or not
                e instanceof TimeoutException && job.isRunning()
                    ? Future.failedFuture(stillRunning(job, patience))
                    : Future.succeededFuture())
        .compose(unused -> find(runs.namespace(), runs.plugin()))
        .compose(
            found ->
                scheduler.here(
                    () -> {
                      Job now = checked(found, runs);
                      if (!now.isRunning()) {
                        return begin(found, runs);
                      }
                      Duration left = patience.minusNanos(System.nanoTime() - start);
                      return left.toMillis() > 0
                          ? whenFree(now, runs, left)
                          : Future.failedFuture(stillRunning(now, patience));
                    }));
  }

  private static PluginCallException stillRunning(Job job, Duration patience) {
    long seconds = job.secondsUntilFree();
    return new PluginCallException(
        PluginCallException.Reason.RUNNING,
        "plugin is running, and its run hasn't ended within "
            + patience.toMillis() / 1000.0
            + " s"
            + (seconds > 0 ? "; it ends within " + seconds + " s" : ""),
        seconds);
  }

  private Future<Ran> begin(Assignment found, Runs runs) {
    Job job = scheduler.jobOf(found);
    return found instanceof Assignment.Script script && job.source() instanceof ScriptSource source
        ? begin(job, script, source, runs)
        : begin(job, found);
  }

  private static Future<Ran> begin(
      Job job, Assignment.Script script, ScriptSource source, Runs runs) {
    return job.run(
            unused ->
                source.runOnDemand(given(script, runs), runs.timeout()).compose(job::delivered),
            runs.timeout())
        .map(
            collected -> {
              if (job.isWanted(collected)) {
                job.ended(collected);
              }
              return new Ran(script, Objects.requireNonNull(collected.run()));
            });
  }

  /** Runs a Java plugin, with its interval as time-out. */
  private static Future<Ran> begin(Job job, Assignment plugin) {
    long start = System.nanoTime();
    return job.run(
            source ->
                job.remembered(RunResult.Occasion.BY_HAND, source::collect).compose(job::delivered),
            plugin.interval())
        .onSuccess(job::ended)
        .onFailure(job::failedByHand)
        .transform(
            run ->
                Future.succeededFuture(
                    new Ran(
                        plugin, JavaRun.result(run, Duration.ofNanos(System.nanoTime() - start)))));
  }

  /**
   * Fetches the newest commit and switches to it; the current run goes on with the old one. A
   * folder is run in place, so there a stream is only restarted.
   */
  public Future<PluginUpdate> update(String namespace, String plugin) {
    return find(namespace, plugin)
        .compose(
            found ->
                scheduler.here(
                    () -> {
                      if (!(found instanceof Assignment.Script script)) {
                        throw new PluginCallException(
                            PluginCallException.Reason.WRONG,
                            "a Java plugin comes in its jar: put the new one into plugins.java-dir,"
                                + " and start the agent anew");
                      }
                      Job job = scheduler.jobOf(script);
                      if (job.source() == null && job.problem().isEmpty()) {
                        throw notReady(job);
                      }
                      return scheduler
                          .update(script)
                          .recover(PluginCalls::notUpdated)
                          .onSuccess(
                              update -> {
                                scheduler.tryAgain(script);
                                // a stream of a checkout notices the switch by itself
                                if (update.equals(PluginUpdate.IN_PLACE)) {
                                  job.beginAnew();
                                }
                              });
                    }));
  }

  private static Future<PluginUpdate> notUpdated(Throwable cause) {
    return Future.failedFuture(
        cause instanceof RolledBackException
            ? new PluginCallException(
                PluginCallException.Reason.ROLLED_BACK, "update failed: " + cause.getMessage())
            : cause);
  }

  /** The last runs, newest first. */
  public Future<List<RunResult>> runs(String namespace, String plugin) {
    return find(namespace, plugin)
        .compose(found -> scheduler.here(() -> Future.succeededFuture(scheduler.runsOf(found))));
  }

  /** The time-out, limited to the longest that the policy allows. */
  public Duration allowed(Duration timeout) {
    Duration most = policy.maxTimeout();
    return timeout.compareTo(most) < 0 ? timeout : most;
  }

  /** The version of a plugin that runs; any thread, doesn't block. */
  public PluginVersion version(Assignment plugin) {
    return plugin instanceof Assignment.Script script ? opener.version(script) : PluginVersion.NONE;
  }

  public Future<Void> enable(String namespace, String plugin, boolean on) {
    return find(namespace, plugin).compose(found -> scheduler.enable(found, on));
  }

  private static PluginCallException notReady(Job job) {
    return new PluginCallException(
        PluginCallException.Reason.NOT_READY,
        job.problem().isEmpty()
            ? "plugin is being cloned"
            : "plugin isn't ready: " + job.problem());
  }
}
