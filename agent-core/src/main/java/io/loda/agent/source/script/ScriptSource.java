package io.loda.agent.source.script;

import static java.util.Objects.requireNonNullElse;

import io.loda.agent.assignment.Assignment;
import io.loda.agent.source.Batch;
import io.loda.agent.source.Collected;
import io.loda.agent.source.MetricSource;
import io.loda.agent.source.script.kept.Keeper;
import io.loda.agent.source.script.result.RefusedItems;
import io.loda.agent.source.script.result.RunResult;
import io.loda.agent.source.script.run.Cancellation;
import io.loda.agent.source.script.run.RunRequest;
import io.loda.agent.source.script.run.RunTurn;
import io.loda.common.telemetry.Discards;
import io.vertx.core.Future;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;

/** A script plugin that runs at its interval or on demand. */
public final class ScriptSource implements MetricSource {

  private static final Duration MARGIN = Duration.ofMillis(500);

  private final ScriptPlugin plugin;
  private final Assignment.Script assignment;
  private final RunReport report;
  private int skipped;
  private RunTurn turn = RunTurn.atOnce();
  private boolean timedOut;
  private final Cancellation cancellation = new Cancellation();

  public ScriptSource(ScriptPlugin plugin) {
    this.plugin = plugin;
    this.assignment = plugin.assignment();
    this.report = new RunReport(assignment, plugin.discards());
  }

  /** Returns the alarm of a plugin that can't run: the same as of a run that failed to start. */
  public static List<Batch> notStarted(
      Assignment.Script assignment, String why, Discards discards) {
    return new RunReport(assignment, discards).of(RunResult.startFailed(why)).batches();
  }

  @Override
  public Future<Collected> collect() {
    return collect(System.nanoTime());
  }

  @Override
  public Future<Collected> collect(long dueNanos) {
    // drop the metrics, which are queued already
    return runScheduled(dueNanos).map(Collected::withRememberedRun);
  }

  @Override
  public boolean isQueued() {
    return turn.isQueued();
  }

  /** Runs the plugin as scheduled, due now. */
  public Future<Collected> runScheduled() {
    return runScheduled(System.nanoTime());
  }

  private Future<Collected> runScheduled(long dueNanos) {
    return run(
            assignment.parameters(),
            timeout(assignment.interval()),
            false,
            new RunTurn(dueNanos, timedOut),
            "")
        .onSuccess(result -> timedOut = result.outcome() == RunResult.Outcome.TIMEOUT)
        .map(report::of);
  }

  /** Returns the time-out of a scheduled run. */
  public static Duration timeout(Duration interval) {
    return interval.minus(MARGIN);
  }

  /** Runs the plugin by hand, without the queue. */
  public Future<Collected> runOnDemand(List<String> arguments, Duration timeout) {
    return run(arguments, timeout, true, RunTurn.atOnce(), Keeper.wantedBy(assignment))
        .map(report::of);
  }

  @Override
  public void skipped() {
    skipped++;
  }

  @Override
  public void cancel() {
    cancellation.cancel();
    plugin.runner().drop(turn);
  }

  @Override
  public Future<Void> close() {
    cancel();
    return Future.succeededFuture();
  }

  private Future<RunResult> run(
      List<String> arguments, Duration timeout, boolean byHand, RunTurn next, String keepFor) {
    turn = next;
    AtomicReference<String> commit = new AtomicReference<>("");
    return plugin
        .runner()
        .run(
            () -> {
              Path version = plugin.folder().call();
              commit.set(commit(version));
              return version;
            },
            new RunRequest(
                assignment.namespace(),
                assignment.name(),
                assignment.project(),
                arguments,
                assignment.interval(),
                timeout,
                cancellation,
                next,
                keepFor),
            assignment.format())
        .map(
            result ->
                judged(result, byHand, requireNonNullElse(commit.get(), ""), next.lateMillis()));
  }

  /**
   * Returns the commit of a folder: the name of a checkout's real folder; empty for other folders.
   */
  static String commit(Path folder) {
    Path project = folder.getParent();
    Path versions = project == null ? null : project.getParent();
    return versions != null && versions.endsWith(".versions")
        ? folder.getFileName().toString()
        : "";
  }

  private RunResult judged(RunResult given, boolean byHand, String commit, long lateMillis) {
    // a plugin that runs only on demand may act instead of measuring, so any output is good
    RunResult result =
        assignment.interval().isZero() && given.outcome() == RunResult.Outcome.BAD_OUTPUT
            ? given.withOutput(List.of(), RefusedItems.NONE, 0).failed(RunResult.Outcome.OK, "")
            : given;
    if (!result.refused().isEmpty()) {
      report.refused(result.refused(), result.refused().count());
    }
    int skippedBefore = skipped;
    skipped = 0;
    return result.on(new RunResult.Occasion(byHand, commit, skippedBefore, lateMillis));
  }
}
