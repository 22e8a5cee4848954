package io.loda.agent.cli.plugintest;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.loda.agent.config.AgentConfig;
import io.loda.agent.delivery.DeliveryBuffer;
import io.loda.agent.delivery.spool.QueuedMessage;
import io.loda.agent.pipeline.Pipeline;
import io.loda.agent.point.Message;
import io.loda.agent.registry.HostIdentityReader;
import io.loda.agent.source.Batch;
import io.loda.agent.source.script.result.RunResult;
import io.loda.common.logging.VisibleText;
import io.loda.common.telemetry.Counters;
import io.loda.common.telemetry.Discards;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;

/**
 * Shows the results of a trial; each line begins with its kind. Points are encoded as in a running
 * agent, and shown instead of sent.
 */
public final class TrialReport {

  /** The message size, so small that each point is a message of its own. */
  private static final long ONE_POINT = 1;

  private static final int STDERR_LINES = 20;

  /** The most lines of a kind, unless all are asked for. */
  private static final int MOST_LINES = 100;

  private final AgentConfig config;
  private final int most;
  private final Consumer<String> out;
  private final List<String> refused = new ArrayList<>();
  private final Discards discards;
  private int lastRefused;

  /**
   * Makes a report.
   *
   * @param all whether to show all lines of a kind
   */
  TrialReport(AgentConfig config, boolean all, Consumer<String> out) {
    this.config = config;
    this.most = all ? Integer.MAX_VALUE : MOST_LINES;
    this.out = out;
    // the run's result has each bad item already
    this.discards =
        new Discards(
            new Counters(),
            (reason, detail) -> {
              if (!reason.equals("plugin-output")) {
                refused.add(detail);
              }
            });
  }

  /** Returns the receiver of drops. */
  Discards discards() {
    return discards;
  }

  /** Returns how many points were refused in the last call of {@link #points}. */
  int refused() {
    return lastRefused;
  }

  void say(String kind, String what) {
    out.accept("%-8s %s".formatted(kind, VisibleText.line(what)));
  }

  /** Shows the first lines, and how many more there are. */
  void say(String kind, List<String> lines) {
    lines.stream().limit(most).forEach(line -> say(kind, line));
    more(kind, lines.size());
  }

  private void more(String kind, int all) {
    if (all > most) {
      say(kind, String.format(Locale.ROOT, "and %,d more (--all shows them)", all - most));
    }
  }

  /** Shows points, and what was refused now or before. */
  void points(List<Batch> batches, String namespace, String source) {
    String hostname = new HostIdentityReader(config.host()).read().hostname();
    Discards told = discards;
    for (AgentConfig.OutputConfig output : config.outputs().values()) {
      DeliveryBuffer buffer =
          new DeliveryBuffer(
              output.name(), config.delivery(), () -> ONE_POINT, told, System::nanoTime);
      Pipeline pipeline =
          new Pipeline(
              List.of(new Pipeline.Target(output, buffer)),
              () -> hostname,
              Clock.systemUTC(),
              new Counters(),
              told);
      say("output", output.name() + " (" + output.type() + ", " + output.format() + ")");
      for (Batch batch : batches) {
        String to = batch.namespace() == null ? namespace : batch.namespace();
        pipeline.accept(to, source, batch.prefix(), batch.metrics());
      }
      buffer.sealDue(true);
      int shown = 0;
      for (QueuedMessage entry = buffer.take(); entry != null; entry = buffer.take()) {
        Message message = entry.message();
        if (shown++ < most) {
          say("point", message.topic() + " " + new String(message.body(), UTF_8).stripTrailing());
        }
        buffer.done(entry);
      }
      more("point", shown);
      // every output's pipeline refuses the same, so only the first one reports it
      told = new Discards(new Counters(), (reason, detail) -> {});
    }
    say("refused", refused);
    say("warning", TrialPoints.warnings(batches, hostname));
    lastRefused = refused.size();
    refused.clear();
  }

  /** Shows the end of standard error. */
  void stderr(String text) {
    List<String> lines = text.lines().toList();
    if (lines.size() > STDERR_LINES) {
      say("stderr", "… " + (lines.size() - STDERR_LINES) + " lines before");
    }
    lines.stream()
        .skip(Math.max(0, lines.size() - STDERR_LINES))
        .forEach(line -> say("stderr", line));
  }

  /** Shows the beginning of a bad output. */
  void badOutput(String text) {
    text.lines().limit(STDERR_LINES).forEach(line -> say("stdout", line));
  }

  /**
   * Shows how a run ended, and what it used.
   *
   * @param refused the number of all refused items and points
   */
  void result(RunResult run, long refused) {
    say(
        "result",
        run.outcome().tag()
            + (run.ok() ? "" : ": " + run.detail())
            + took(
                run.exitCode(),
                run.duration().toMillis(),
                run.usage().cpuMillis(),
                run.usage().maxRssKilobytes(),
                run.outputBytes(),
                run.points(),
                refused,
                run.usage().leftovers()));
  }

  /** Describes what a run used and gave. */
  public static String took(
      int exit,
      long millis,
      long cpuMillis,
      long rssKilobytes,
      long outputBytes,
      long metrics,
      long refused,
      int leftovers) {
    return "; exit code "
        + (exit < 0 ? "none" : exit)
        + ", "
        + millis
        + " ms, CPU "
        + cpuMillis
        + " ms, memory "
        // a run that ends at once is gone before its memory is measured
        + (rssKilobytes == 0 ? "not seen" : rssKilobytes + " kB")
        + ", "
        + outputBytes
        + " bytes printed, "
        + count(metrics, "metric", "metrics")
        + ", "
        + refused
        + " refused, "
        + count(leftovers, "process", "processes")
        + " left over";
  }

  /** Returns {@code 1 metric}, {@code 2 metrics} and so on. */
  static String count(long count, String one, String more) {
    return count + " " + (count == 1 ? one : more);
  }

  /** Adds lines to what {@link #points} will show. */
  void refuse(List<String> lines) {
    refused.addAll(lines);
  }
}
