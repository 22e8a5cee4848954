package io.loda.agent.schedule;

import io.loda.agent.config.AgentConfig;
import io.loda.agent.config.ConfigLoader;
import io.loda.agent.source.script.run.ScriptRunner;
import io.loda.agent.source.script.user.PluginUser;
import io.loda.agent.source.script.user.PluginUsers;
import io.loda.common.telemetry.Counters;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;

/** What both programs need: a folder with a plugin, an agent's configuration, and percentiles. */
final class Bench implements AutoCloseable {

  final Path folder;
  final AgentConfig config;

  Bench() throws Exception {
    folder = Files.createTempDirectory("plugin-runs");
    Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
    config =
        new ConfigLoader(folder, Map.of(), false)
            .load(null, Map.of("agent.data-dir", folder.resolve("data").toString()));
  }

  /** Runs plugins as an agent with the default configuration does. */
  ScriptRunner runner(Vertx vertx) throws Exception {
    AgentConfig.Plugins plugins = config.plugins();
    PluginUser user = PluginUser.of(plugins, PluginUser.ownUid());
    return new ScriptRunner(
        vertx,
        plugins,
        PluginUsers.of(user, plugins, config.host().dataDir()),
        () -> Duration.ofDays(1),
        new Counters());
  }

  /** A folder with this {@code plugin.sh}. */
  Path plugin(String... lines) throws IOException {
    Path plugin = Files.createDirectory(folder.resolve("plugin"));
    Path script = plugin.resolve("plugin.sh");
    Files.writeString(script, "#!/bin/sh\n" + String.join("\n", lines) + "\n");
    Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rwxr-xr-x"));
    return plugin;
  }

  static <T> T await(Future<T> future) {
    return future.toCompletionStage().toCompletableFuture().join();
  }

  /** The processor time of this process, its children's excepted. */
  static double cpuMillis() {
    return ((com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean())
            .getProcessCpuTime()
        / 1e6;
  }

  static double percentile(double[] values, double percent) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    return sorted[(int) Math.min(sorted.length - 1L, Math.round(sorted.length * percent / 100))];
  }

  static void say(String format, Object... values) {
    System.out.println(String.format(Locale.ROOT, format, values));
  }

  @Override
  public void close() throws IOException {
    try (Stream<Path> all = Files.walk(folder)) {
      for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(path);
      }
    }
  }
}
