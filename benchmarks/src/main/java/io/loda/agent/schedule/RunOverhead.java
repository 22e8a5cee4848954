package io.loda.agent.schedule;

import io.loda.agent.assignment.Assignment;
import io.loda.agent.assignment.OutputFormat;
import io.loda.agent.source.script.ScriptPlugin;
import io.loda.agent.source.script.ScriptSource;
import io.loda.agent.source.script.result.RunResult;
import io.loda.agent.source.script.run.ScriptRunner;
import io.loda.common.telemetry.Counters;
import io.loda.common.telemetry.Discards;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;

/**
 * From start to end of a {@code plugin.sh} that prints {@code []}: in the whole cage, against the
 * same by {@code posix_spawn} of a small C program. {@code RunOverhead [RUNS]}, by hand. Needs
 * {@code cc}.
 */
final class RunOverhead {

  private RunOverhead() {}

  public static void main(String[] arguments) throws Exception {
    int runs = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 1000;
    Vertx vertx = Vertx.vertx();
    try (Bench bench = new Bench()) {
      Path plugin = bench.plugin("echo '[]'");
      Path spawn = compile(bench.folder);
      ScriptRunner runner = bench.runner(vertx);
      ScriptSource source =
          new ScriptSource(
              ScriptPlugin.inFolder(
                  new Assignment.Script(
                      "ns",
                      "bench",
                      "path:" + plugin,
                      "bench",
                      List.of(),
                      Duration.ofSeconds(10),
                      "",
                      false,
                      OutputFormat.AUTO,
                      false),
                  runner,
                  plugin,
                  bench.folder.resolve("copy"),
                  bench.config.plugins().pathTrust(),
                  new Discards(new Counters(), System::nanoTime)));
      caged(source, Math.min(runs, 300));
      // in turn, so that what else the machine does falls on both
      for (int round = 1; round <= 3; round++) {
        double[] plain = plain(spawn, plugin.resolve("plugin.sh"), runs);
        double cpu = Bench.cpuMillis();
        double[] caged = caged(source, runs);
        cpu = Bench.cpuMillis() - cpu;
        say("plain", plain);
        say("caged", caged);
        Bench.say(
            "overhead p50 %.2f ms, p90 %.2f ms; the agent's own CPU %.2f ms a run",
            Bench.percentile(caged, 50) - Bench.percentile(plain, 50),
            Bench.percentile(caged, 90) - Bench.percentile(plain, 90),
            cpu / runs);
      }
      Bench.await(runner.close());
    } finally {
      Bench.await(vertx.close());
    }
  }

  private static void say(String what, double[] millis) {
    Bench.say(
        "%s: p50 %.2f ms, p90 %.2f ms, p99 %.2f ms",
        what,
        Bench.percentile(millis, 50),
        Bench.percentile(millis, 90),
        Bench.percentile(millis, 99));
  }

  private static double[] caged(ScriptSource source, int runs) {
    double[] millis = new double[runs];
    for (int i = 0; i < runs; i++) {
      long start = System.nanoTime();
      RunResult run =
          Objects.requireNonNull(
              Bench.await(source.runOnDemand(List.of(), Duration.ofSeconds(30))).run());
      millis[i] = (System.nanoTime() - start) / 1e6;
      if (!run.ok()) {
        throw new IllegalStateException(run.toString());
      }
    }
    return millis;
  }

  private static double[] plain(Path spawn, Path program, int runs) throws IOException {
    Process process =
        new ProcessBuilder(spawn.toString(), Integer.toString(runs), program.toString()).start();
    try (var lines = process.inputReader()) {
      return lines.lines().mapToDouble(line -> Long.parseLong(line) / 1e6).toArray();
    }
  }

  private static Path compile(Path folder) throws Exception {
    Path source = folder.resolve("spawn.c");
    try (InputStream in = RunOverhead.class.getResourceAsStream("spawn.c")) {
      Files.copy(Objects.requireNonNull(in), source);
    }
    Path program = folder.resolve("spawn");
    int exit =
        new ProcessBuilder("cc", "-O2", "-o", program.toString(), source.toString())
            .inheritIO()
            .start()
            .waitFor();
    if (exit != 0) {
      throw new IOException("cc ended with " + exit);
    }
    return program;
  }
}
