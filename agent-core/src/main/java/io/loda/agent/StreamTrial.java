package io.loda.agent;

import io.loda.agent.assignment.Assignment;
import io.loda.agent.config.AgentConfig;
import io.loda.agent.files.Trust;
import io.loda.agent.plugin.Metric;
import io.loda.agent.source.Batch;
import io.loda.agent.source.Collected;
import io.loda.agent.source.PluginRun;
import io.loda.agent.source.StreamingSource;
import io.loda.agent.source.script.ScriptRunner;
import io.loda.agent.source.script.StreamSource;
import io.loda.agent.telemetry.Counters;
import io.loda.agent.telemetry.Discards;
import io.vertx.core.Future;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** A plugin that runs for ever, for one interval. Its first end ends the trial too. */
final class StreamTrial implements StreamingSource.Listener {

  private static final Duration END = Duration.ofSeconds(20);

  private final AgentConfig config;
  private final Assignment.Script script;
  private final Path folder;
  private final TrialReport report;
  private final List<Batch> given = new ArrayList<>();
  private final List<String> refused = new ArrayList<>();
  private final CompletableFuture<Collected> ended = new CompletableFuture<>();

  StreamTrial(AgentConfig config, Assignment.Script script, Path folder, TrialReport report) {
    this.config = config;
    this.script = script;
    this.folder = folder;
    this.report = report;
  }

  /** Runs it; 0 where production would call that a good run, else 1. */
  int run(ScriptRunner runner) throws InterruptedException {
    Path copy = config.plugins().dir().resolve(".copies").resolve("tested");
    Discards discards = new Discards(new Counters(), (reason, detail) -> refuse(detail));
    StreamSource source =
        StreamSource.ofFolder(script, runner, folder, copy, Trust.everybody(), discards);
    long millis = script.interval().toMillis();
    report.say("note", "a stream: it runs for " + millis / 1000.0 + " s here, and for ever there");
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
      report.say("result", "failed: it can't be ended: " + e);
      return 1;
    } finally {
      source.close();
    }
  }

  private synchronized int show(Collected end) {
    List<Batch> all = new ArrayList<>(given);
    all.addAll(end.batches());
    report.refuse(refused);
    report.points(all, script.namespace(), script.name());
    PluginRun run = end.run();
    if (run == null) {
      report.say("result", "failed: " + end.problem());
      return 1;
    }
    report.stderr(run.stderr());
    if (run.ok() && run.points() == 0) {
      report.say("warning", "it gave no metric in that time");
    }
    if (run.leftovers() > 0) {
      report.say("warning", TrialWarnings.leftovers(run.leftovers()));
    }
    report.result(run, run.refused());
    return run.ok() ? 0 : 1;
  }

  private synchronized void refuse(String detail) {
    refused.add(detail);
  }

  @Override
  public synchronized Future<Void> given(List<Batch> batches) {
    batches.forEach(batch -> given.add(stamped(batch)));
    return Future.succeededFuture();
  }

  /** They are shown at the end, and would be sent now. */
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
