package io.loda.agent.source.script;

import static java.util.Objects.requireNonNullElse;

import io.loda.agent.assignment.Assignment;
import io.loda.agent.plugin.Metric;
import io.loda.agent.source.Batch;
import io.loda.agent.source.Collected;
import io.loda.agent.source.MetricSource;
import io.loda.agent.source.PluginRun;
import io.loda.agent.telemetry.Discards;
import io.vertx.core.Future;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicReference;

/**
 * A script plugin. Each run gives its metrics, how the run itself went, and for a failed one the
 * alarm that the wire contract asks for (section 2).
 */
public final class ScriptSource implements MetricSource {

  private static final String EXCEPTIONS = "exception.monitor.loda";
  private static final Duration MARGIN = Duration.ofMillis(500);
  private static final int LONGEST_SAID = 300;
  private static final int LONGEST_REFUSED = 200;
  private static final int LONGEST_DETAIL = 1000;

  private final Assignment.Script assignment;
  private final ScriptRunner runner;
  private final Callable<Path> folder;
  private final Discards discards;
  private int skipped;
  private final Cancellation cancellation = new Cancellation();

  private ScriptSource(
      Assignment.Script assignment, ScriptRunner runner, Callable<Path> folder, Discards discards) {
    this.assignment = assignment;
    this.runner = runner;
    this.folder = folder;
    this.discards = discards;
  }

  /** A plugin in a folder that is looked for at each run. */
  static ScriptSource of(
      Assignment.Script assignment, ScriptRunner runner, Callable<Path> folder, Discards discards) {
    return new ScriptSource(assignment, runner, folder, discards);
  }

  /** A plugin in a checkout. */
  public static ScriptSource ofCheckout(
      Assignment.Script assignment, ScriptRunner runner, Path checkout, Discards discards) {
    return new ScriptSource(assignment, runner, () -> version(checkout), discards);
  }

  /** The real path, so that a switch to another version doesn't change a run under way. */
  static Path version(Path checkout) throws IOException {
    try {
      return checkout.toRealPath();
    } catch (NoSuchFileException e) {
      throw new IOException(
          checkout + ": expected the plugin's checkout, found none; /plugins/update fetches it", e);
    }
  }

  /**
   * A plugin in a folder of the host.
   *
   * @param copy where to run it when its user can't get to the folder
   */
  public static ScriptSource ofFolder(
      Assignment.Script assignment,
      ScriptRunner runner,
      Path folder,
      Path copy,
      Discards discards) {
    LocalFolder local = new LocalFolder(folder, copy, runner.user(), runner.maxRepositoryBytes());
    return new ScriptSource(assignment, runner, local::ready, discards);
  }

  /** How a run ended, and what is to be sent of it. */
  public record Run(RunResult result, Collected collected) {}

  @Override
  public Future<Collected> collect() {
    return runScheduled().map(Run::collected);
  }

  /** A run as its interval brings it. */
  public Future<Run> runScheduled() {
    return run(assignment.parameters(), timeout(), "regular");
  }

  /** How long a run as its interval brings it may take. */
  public Duration timeout() {
    return assignment.interval().minus(MARGIN);
  }

  /** A run that somebody asked for. */
  public Future<Run> runOnDemand(List<String> arguments, Duration timeout) {
    return run(arguments, timeout, "call");
  }

  @Override
  public void skipped() {
    skipped++;
  }

  @Override
  public void cancel() {
    cancellation.cancel();
  }

  @Override
  public Future<Void> close() {
    cancel();
    return Future.succeededFuture();
  }

  private Future<Run> run(List<String> arguments, Duration timeout, String type) {
    AtomicReference<String> commit = new AtomicReference<>("");
    return runner
        .run(
            () -> {
              Path version = folder.call();
              commit.set(commit(version));
              return version;
            },
            new ScriptRunner.Run(
                assignment.namespace(),
                assignment.name(),
                assignment.project(),
                arguments,
                assignment.interval(),
                timeout,
                cancellation),
            assignment.format())
        .map(result -> collected(result, type, requireNonNullElse(commit.get(), "")));
  }

  /** A checkout's real folder is called as its commit; another folder has none. */
  static String commit(Path folder) {
    Path project = folder.getParent();
    Path versions = project == null ? null : project.getParent();
    return versions != null && versions.endsWith(".versions")
        ? folder.getFileName().toString()
        : "";
  }

  private Run collected(RunResult given, String type, String commit) {
    // One that runs on demand only may do something rather than measure, and print what it likes.
    RunResult result =
        assignment.interval().isZero() && given.outcome() == RunResult.Outcome.BAD_OUTPUT
            ? given.withOutput(List.of(), List.of()).failed(RunResult.Outcome.OK, "")
            : given;
    return collected(result, type, commit, result.metrics().size(), result.refused().size());
  }

  /**
   * What is to be sent of a run.
   *
   * @param points what it gave; for a stream more than the result has
   * @param refused likewise
   */
  Run collected(RunResult result, String type, String commit, long points, long refused) {
    PluginRun run = run(result, type, commit, points, refused);
    List<Batch> batches = new ArrayList<>();
    if (!result.metrics().isEmpty()) {
      batches.add(
          new Batch(assignment.namespace(), "PLUGIN." + assignment.name() + ".", result.metrics()));
    }
    batches.add(
        new Batch(
            assignment.namespace(), "plugin.", List.of(RunMetric.of(assignment.name(), run))));
    if (!result.refused().isEmpty()) {
      discards.count(
          "plugin-output",
          result.refused().size(),
          "plugin " + assignment.key() + ": " + String.join("; ", first(result.refused())));
    }
    if (!result.ok()) {
      batches.add(
          new Batch(
              EXCEPTIONS,
              "plugin.",
              List.of(
                  new Metric(
                      "result",
                      0,
                      Map.of("ns", assignment.namespace(), "name", assignment.name(), "type", type),
                      1))));
    }
    String problem = result.ok() ? "" : result.outcome().tag() + ": " + result.detail();
    return new Run(result, new Collected(batches, problem, lastLine(result.stderr()), run));
  }

  private PluginRun run(RunResult result, String type, String commit, long points, long refused) {
    int skippedBefore = skipped;
    skipped = 0;
    return new PluginRun(
        Instant.now().minus(result.duration()),
        result.outcome().tag(),
        type,
        commit,
        result.exitCode(),
        result.duration(),
        result.outputBytes(),
        points,
        refused,
        first(result.refused()).stream().map(line -> cut(line, LONGEST_REFUSED)).toList(),
        result.usage().cpuMillis(),
        result.usage().maxRssKilobytes(),
        skippedBefore,
        result.usage().leftovers(),
        cut(result.detail(), LONGEST_DETAIL),
        result.stderr());
  }

  private static List<String> first(List<String> lines) {
    return lines.size() > 3 ? lines.subList(0, 3) : lines;
  }

  private static String lastLine(String stderr) {
    String[] lines = stderr.strip().split("\n", -1);
    // it goes to a terminal, perhaps
    String last = lines[lines.length - 1].strip().replaceAll("\\p{Cntrl}", "?");
    return cut(last, LONGEST_SAID);
  }

  private static String cut(String text, int length) {
    return text.length() > length ? text.substring(0, length) + "…" : text;
  }
}
