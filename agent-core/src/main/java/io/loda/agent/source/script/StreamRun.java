package io.loda.agent.source.script;

import io.loda.agent.assignment.Assignment;
import io.loda.agent.plugin.Metric;
import io.loda.agent.point.MetricTaker;
import io.loda.agent.source.StreamingSource;
import io.loda.agent.source.script.output.StreamOutput;
import io.loda.agent.source.script.result.RefusedItems;
import io.loda.agent.source.script.result.RunResult;
import io.loda.agent.source.script.run.Cancellation;
import io.loda.agent.source.script.run.RunRequest;
import io.loda.agent.source.script.run.RunTurn;
import io.loda.agent.source.script.run.ScriptRunner;
import io.vertx.core.Future;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** A run of a stream, from its start to its end. In the stream's thread. */
final class StreamRun implements StreamOutput.Sink {

  private static final Duration LISTENER_TIME = Duration.ofSeconds(5);

  /** How many reasons of refused items are kept. */
  private static final int REASONS = 3;

  private final ScriptPlugin plugin;
  private final Duration well;
  private final Cancellation cancellation;
  private final StreamingSource.StreamListener listener;
  private final RunReport report;
  private final @Nullable MetricTaker taker;
  private final long start = System.nanoTime();
  private @Nullable Path version;
  private boolean outdated;
  private boolean wentWell;
  private boolean gave;
  private RunResult result = RunResult.startFailed("");
  private final List<String> reasons = new ArrayList<>();
  private long good;
  private long bad;

  /**
   * Creates a run that hasn't begun.
   *
   * @param well after this time the run counts as good
   * @param cancellation ends the run
   */
  StreamRun(
      ScriptPlugin plugin,
      Duration well,
      Cancellation cancellation,
      StreamingSource.StreamListener listener) {
    this.plugin = plugin;
    this.well = well;
    this.cancellation = cancellation;
    this.listener = listener;
    this.report = new RunReport(plugin.assignment(), plugin.discards());
    this.taker =
        plugin
            .runner()
            .taker(
                plugin.assignment().namespace(),
                plugin.assignment().project(),
                plugin.assignment().name());
  }

  void run() throws InterruptedException {
    Assignment.Script assignment = plugin.assignment();
    StreamOutput output = plugin.runner().streamOutput(assignment, this);
    RunResult ended =
        plugin.runner().stream(
            () -> {
              Path ready = plugin.folder().call();
              version = ready;
              return ready;
            },
            new RunRequest(
                assignment.namespace(),
                assignment.name(),
                assignment.project(),
                assignment.parameters(),
                assignment.interval(),
                ScriptRunner.FOR_EVER,
                cancellation,
                RunTurn.atOnce(),
                ""),
            output);
    output.finish();
    good = output.good();
    bad = output.bad();
    result =
        judged(ended, output)
            .withOutput(List.of(), RefusedItems.first(reasons, bad), good)
            .on(new RunResult.Occasion(false, commit(), 0, 0));
  }

  /** Reports the end, unless the agent ended the run before it began. */
  void tell() throws InterruptedException {
    if (result.outcome() != RunResult.Outcome.START_FAILED || !endedByAgent()) {
      waitFor(listener.ended(report.of(result)));
    }
  }

  private String commit() {
    return version == null ? "" : ScriptSource.commit(version);
  }

  boolean endedByAgent() {
    return cancellation.isCancelled() || plugin.runner().isClosing();
  }

  /** Returns whether there is another version to run; reads the disk. */
  boolean outdated() {
    if (plugin.inCheckout() && !outdated && version != null) {
      try {
        outdated = !version.equals(plugin.folder().call());
      } catch (Exception e) {
        // the version is being switched, or is gone: this run continues
        return false;
      }
    }
    return outdated;
  }

  Duration duration() {
    return result.duration();
  }

  private RunResult judged(RunResult ended, StreamOutput output) {
    if (ended.outcome() == RunResult.Outcome.TIMEOUT && endedByAgent()) {
      return ended.failed(
          RunResult.Outcome.HALTED,
          outdated
              ? "ended to restart with another version"
              : "ended because the agent stops, or the plugin was disabled, changed or taken away");
    }
    if (ended.ok() && good == 0 && bad > 0) {
      return ended.badOutput(
          "expected metrics, found none that is good among " + bad + "; " + output.lastReason(),
          output.head());
    }
    return ended;
  }

  @Override
  public long metrics(List<Metric> metrics) throws InterruptedException {
    gave = true;
    MetricTaker to = taker;
    if (to == null) {
      waitFor(listener.given(List.of(report.batch(metrics))));
      return 0;
    }
    long bytes = to.take(metrics);
    // read on when all is as safe as the durability promises
    waitFor(listener.given(List.of()));
    return bytes;
  }

  @Override
  public void refused(long count, String reason) {
    if (count > 0) {
      if (reasons.size() < REASONS) {
        reasons.add(reason);
      }
      report.refused(List.of(reason), count);
    }
  }

  @Override
  public void look() {
    // a run whose output was all refused is a failure, however long it lasts
    boolean fine = gave || reasons.isEmpty();
    if (!wentWell && fine && System.nanoTime() - start >= well.toNanos()) {
      wentWell = true;
      listener.well(commit());
    }
    if (outdated()) {
      cancellation.cancel();
    }
  }

  private void waitFor(Future<Void> taken) throws InterruptedException {
    try {
      taken
          .toCompletionStage()
          .toCompletableFuture()
          .get(LISTENER_TIME.toMillis(), TimeUnit.MILLISECONDS);
    } catch (ExecutionException | TimeoutException e) {
      // the scheduler is probably stopping
      plugin
          .discards()
          .count(
              "stream",
              1,
              "plugin "
                  + plugin.assignment().key()
                  + ": output dropped, the scheduler didn't take it: "
                  + e);
    }
  }
}
