package io.loda.agent.cli.plugintest;

import io.loda.agent.assignment.Assignment;
import io.loda.agent.plugin.Metric;
import io.loda.agent.source.Batch;
import io.loda.agent.source.Collected;
import io.loda.agent.source.StreamingSource;
import io.loda.agent.source.script.StreamSource;
import io.loda.agent.source.script.output.RunWatcher;
import io.loda.agent.source.script.result.RunResult;
import io.loda.agent.source.script.run.ScriptRunner;
import io.loda.common.files.FileReason;
import io.loda.common.telemetry.Counters;
import io.loda.common.telemetry.Discards;
import io.vertx.core.Future;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;

/** Runs a stream for one interval; the trial ends when the stream ends. */
final class StreamTrial implements StreamingSource.StreamListener, RunWatcher {

  private static final Duration END = Duration.ofSeconds(20);
  private static final int MOST_REFUSED = 100_000;

  private final Assignment.Script script;
  private final TrialReport report;
  private final TrialRaw raw;
  private final List<Batch> given = new ArrayList<>();
  private final List<String> refused = new ArrayList<>();
  private CompletableFuture<Collected> ended = new CompletableFuture<>();

  StreamTrial(Assignment.Script script, TrialReport report, TrialRaw raw) {
    this.script = script;
    this.report = report;
    this.raw = raw;
  }

  /**
   * Runs it some times, one after the other; returns 0 if the agent would call all of them good
   * runs, else 1.
   *
   * @param opener makes a stream that isn't started, and reports drops
   */
  int run(ScriptRunner runner, int times, Function<Discards, StreamSource> opener)
      throws InterruptedException {
    runner.watchedBy(this);
    int worst = 0;
    for (int i = 0; i < times; i++) {
      worst = Math.max(worst, run(opener));
    }
    return worst;
  }

  private int run(Function<Discards, StreamSource> opener) throws InterruptedException {
    begin();
    // bad lines are reported one by one
    StreamSource source =
        opener.apply(
            new Discards(
                new Counters(),
                (reason, detail) -> {
                  if (!reason.equals("plugin-output")) {
                    refused(detail);
                  }
                }));
    long millis = script.interval().toMillis();
    report.say(
        "note", "a stream: this test runs it for " + millis / 1000.0 + " s, the agent for ever");
    source.start(this);
    try {
      Collected end;
      try {
        end = ended.get(millis, TimeUnit.MILLISECONDS);
        report.say(
            "warning",
            "it ended by itself; the agent starts it again, after 1 s at first and 60 s at last");
      } catch (TimeoutException e) {
        source.halt();
        end = ended.get(END.toMillis(), TimeUnit.MILLISECONDS);
      }
      return show(end);
    } catch (ExecutionException | TimeoutException e) {
      report.say("result", "failed: it can't be ended: " + FileReason.of(e));
      return 1;
    } finally {
      source.close();
    }
  }

  private synchronized void begin() {
    given.clear();
    refused.clear();
    ended = new CompletableFuture<>();
  }

  private synchronized int show(Collected end) {
    List<Batch> all = new ArrayList<>(given);
    all.addAll(end.batches());
    raw.lines().forEach(line -> report.say("raw", line));
    report.refuse(refused);
    report.points(all, script.namespace(), script.name());
    RunResult run = end.run();
    if (run == null) {
      report.say("result", "failed: " + end.problem());
      return 1;
    }
    report.stderr(run.stderr());
    report.badOutput(run.badOutput());
    if (run.ok() && run.points() == 0) {
      report.say("warning", "it printed no metric in that time");
    }
    if (run.usage().leftovers() > 0) {
      report.say("warning", TrialWarnings.leftovers(run.usage().leftovers()));
    }
    report.result(run, run.refused().count());
    return run.ok() ? 0 : 1;
  }

  @Override
  public synchronized void refused(String reason) {
    // a stream may go on printing bad lines for ever; the first ones are enough
    if (refused.size() < MOST_REFUSED) {
      refused.add(reason);
    }
  }

  @Override
  public void printed(byte[] output, int length) {
    raw.printed(output, length);
  }

  @Override
  public synchronized Future<Void> given(List<Batch> batches) {
    batches.forEach(batch -> given.add(stamped(batch)));
    return Future.succeededFuture();
  }

  /** Sets the time of the points now: an agent would send them now, the trial shows them later. */
  private static Batch stamped(Batch batch) {
    long now = Instant.now().getEpochSecond();
    return new Batch(
        batch.namespace(),
        batch.prefix(),
        batch.metrics().stream()
            .map(
                metric ->
                    metric.timestamp() == 0
                        ? new Metric(metric.name(), now, metric.tags(), metric.fields())
                        : metric)
            .toList());
  }

  @Override
  public Future<Void> well(String commit) {
    return Future.succeededFuture();
  }

  @Override
  public Future<Void> ended(Collected run) {
    ended.complete(run);
    return Future.succeededFuture();
  }
}
