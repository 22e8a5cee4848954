package io.loda.agent.cli.plugintest;

import io.loda.agent.assignment.Assignment;
import io.loda.agent.config.AgentConfig;
import io.loda.agent.source.Collected;
import io.loda.agent.source.JavaPlugins;
import io.loda.agent.source.MetricSource;
import io.loda.agent.source.MetricSources;
import io.loda.common.files.FileReason;
import io.loda.common.files.SafeFiles;
import io.loda.common.lifecycle.SmallVertx;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Collects once with a Java plugin of a folder's jars, like the agent. */
final class JavaTrial {

  private static final int MOST_FILES = 100_000;

  private final AgentConfig config;
  private final Assignment.JavaPlugin plugin;
  private final Path jars;
  private final TrialReport report;

  JavaTrial(AgentConfig config, Assignment.JavaPlugin plugin, Path jars, TrialReport report) {
    this.config = config;
    this.plugin = plugin;
    this.jars = jars;
    this.report = report;
  }

  /** Returns the folder with the built jars of a plugin's folder; empty: there are none. */
  static Optional<Path> jarsOf(Path folder) {
    return List.of(folder.resolve("target"), folder).stream().filter(JavaTrial::hasJar).findFirst();
  }

  private static boolean hasJar(Path folder) {
    try {
      return SafeFiles.list(folder, MOST_FILES).stream()
          .anyMatch(name -> name.toString().endsWith(".jar"));
    } catch (IOException e) {
      return false;
    }
  }

  /** Runs it some times; returns 0 if the agent would call all of them good runs, else 1. */
  int run(int times) throws InterruptedException {
    report.say("found", "Java plugins in " + jars + "; " + plugin.name() + " runs in the agent");
    Vertx vertx = SmallVertx.create();
    MetricSources sources =
        new MetricSources(
            vertx,
            JavaPlugins.load(jars),
            config.host(),
            config.plugins().maxSeries(),
            report.discards());
    try {
      MetricSource source = wait(sources.open(plugin));
      for (int i = 0; i < times; i++) {
        collect(source);
      }
      return 0;
    } catch (ExecutionException e) {
      report.say("result", "failed: " + FileReason.of(e));
      return 1;
    } catch (TimeoutException e) {
      report.say("result", "timeout: no answer in its interval");
      return 1;
    } finally {
      sources.close();
      vertx.close();
    }
  }

  private void collect(MetricSource source)
      throws InterruptedException, ExecutionException, TimeoutException {
    long start = System.nanoTime();
    Collected collected = wait(source.collect());
    long millis = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start);
    report.points(collected.batches(), plugin.namespace(), plugin.name());
    int metrics = collected.batches().stream().mapToInt(batch -> batch.metrics().size()).sum();
    report.say(
        "result",
        "ok; "
            + millis
            + " ms, "
            + TrialReport.count(metrics, "metric", "metrics")
            + ", "
            + report.refused()
            + " refused");
  }

  private <T> T wait(Future<T> future)
      throws InterruptedException, ExecutionException, TimeoutException {
    return future
        .toCompletionStage()
        .toCompletableFuture()
        .get(plugin.interval().toMillis(), TimeUnit.MILLISECONDS);
  }
}
