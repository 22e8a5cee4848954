package io.loda.agent.schedule;

import io.loda.agent.assignment.Assignment;
import io.loda.agent.assignment.AssignmentSet;
import io.loda.agent.assignment.OutputFormat;
import io.loda.agent.assignment.policy.HostPolicy;
import io.loda.agent.config.AgentConfig;
import io.loda.agent.git.PluginRepositories;
import io.loda.agent.git.fetch.FetchUser;
import io.loda.agent.pipeline.Pipeline;
import io.loda.agent.plugins.SourceOpener;
import io.loda.agent.source.JavaPlugins;
import io.loda.agent.source.MetricSources;
import io.loda.agent.source.script.run.ScriptRunner;
import io.loda.agent.timers.Splay;
import io.loda.common.telemetry.Counters;
import io.loda.common.telemetry.Discards;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A thousand plugins at 10 s by the scheduler, on one agent with the default 8 runs at once: how
 * late each begins, what is skipped, and what that costs. {@code ThousandPlugins [PLUGINS
 * [SECONDS]]}, by hand.
 *
 * <p>A plugin notes when it began by the host's uptime, which the shell reads without another
 * program; so what is late includes the start of the process, in steps of 10 ms.
 */
final class ThousandPlugins {

  private static final Duration INTERVAL = Duration.ofSeconds(10);
  private static final String HOST = "bench";

  private ThousandPlugins() {}

  public static void main(String[] arguments) throws Exception {
    int plugins = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 1000;
    int seconds = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 60;
    Vertx vertx = Vertx.vertx();
    try (Bench bench = new Bench()) {
      Path plugin =
          bench.plugin(
              "read -r up idle </proc/uptime",
              "echo \"$up\" >>\"$PLUGIN_SCRATCH/begun\"",
              "echo '[]'");
      AgentConfig config = bench.config;
      Discards discards = new Discards(new Counters(), System::nanoTime);
      ScriptRunner runner = bench.runner(vertx);
      SourceOpener opener =
          new SourceOpener(
              config,
              new MetricSources(
                  vertx,
                  JavaPlugins.load(config.plugins().javaDir()),
                  config.host(),
                  config.plugins().maxSeries(),
                  discards),
              runner,
              new PluginRepositories(vertx, config.plugins(), FetchUser.Source.NONE),
              discards);
      Clock clock = Clock.systemUTC();
      Pipeline pipeline = new Pipeline(List.of(), () -> HOST, clock, new Counters(), discards);
      HostPolicy policy = new HostPolicy(config, new Counters());
      Scheduler scheduler =
          new Scheduler(config.plugins(), policy, opener, pipeline, () -> HOST, clock);
      Bench.await(vertx.deployVerticle(scheduler));

      Map<String, Assignment> assignments = new LinkedHashMap<>();
      for (int i = 0; i < plugins; i++) {
        Assignment one =
            new Assignment.Script(
                "ns",
                "p" + i,
                "path:" + plugin,
                "p" + i,
                List.of(),
                INTERVAL,
                "",
                false,
                OutputFormat.AUTO,
                false);
        assignments.put(one.key(), one);
      }
      double applied = uptime();
      Bench.await(scheduler.apply(new AssignmentSet(Map.of("ns", "ns"), assignments, List.of())));
      Thread.sleep(INTERVAL.toMillis()); // the first round warms up
      double cpu = Bench.cpuMillis();
      Thread.sleep(Duration.ofSeconds(seconds).toMillis());
      cpu = Bench.cpuMillis() - cpu;

      double[] late = late(bench.folder.resolve("data/plugins/.scratch/ns"), assignments, applied);
      List<JobStatus> jobs = Bench.await(scheduler.jobs());
      Bench.say(
          "%d plugins, %d s: %d runs after the first round, late p50 %.0f ms, p99 %.0f ms, max %.0f"
              + " ms",
          plugins,
          seconds,
          late.length,
          Bench.percentile(late, 50),
          Bench.percentile(late, 99),
          Bench.percentile(late, 100));
      Bench.say(
          "skipped %d, failed %d, the agent's own CPU %.1f %% of one core",
          jobs.stream().mapToLong(JobStatus::skipped).sum(),
          jobs.stream().mapToLong(JobStatus::failures).sum(),
          cpu / (seconds * 10.0));
      Bench.await(scheduler.apply(AssignmentSet.EMPTY));
      Bench.await(runner.close());
    } finally {
      Bench.await(vertx.close());
    }
  }

  private static double uptime() throws IOException {
    return Double.parseDouble(Files.readString(Path.of("/proc/uptime")).split(" ", -1)[0]);
  }

  /** Milliseconds after the tick, of each run after the first. */
  private static double[] late(Path scratch, Map<String, Assignment> assignments, double applied)
      throws IOException {
    List<Double> late = new ArrayList<>();
    double interval = INTERVAL.toMillis() / 1e3;
    for (Assignment one : assignments.values()) {
      double first = applied + Splay.of(HOST, one.key(), INTERVAL, Instant.EPOCH).toMillis() / 1e3;
      List<String> begun = Files.readAllLines(scratch.resolve(one.name()).resolve("begun"));
      for (int i = 1; i < begun.size(); i++) {
        // what was skipped moves the rest, and shows as very late
        late.add(1000 * (Double.parseDouble(begun.get(i)) - first - i * interval));
      }
    }
    return late.stream().mapToDouble(Double::doubleValue).toArray();
  }
}
