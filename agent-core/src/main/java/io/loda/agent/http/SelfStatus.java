package io.loda.agent.http;

import io.loda.agent.output.OutputStatus;
import io.loda.agent.plugins.RuntimeStatus;
import io.loda.agent.poll.RegistryStatus;
import io.loda.agent.version.Version;
import io.loda.common.config.Secrets;
import io.loda.common.telemetry.Counters;
import io.loda.common.telemetry.MemoryBudget;
import io.netty.util.internal.PlatformDependent;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Supplier;

/** The agent's status without its jobs, for {@code /me/status} and {@code /health}. */
final class SelfStatus {

  private final Path dataDir;
  private final Supplier<String> hostname;
  private final Supplier<List<OutputStatus>> outputs;
  private final Supplier<RegistryStatus> registry;
  private final PostsRefused posts;
  private final Counters counters;
  private final MemoryBudget memory;

  SelfStatus(
      Path dataDir,
      Supplier<String> hostname,
      Supplier<List<OutputStatus>> outputs,
      Supplier<RegistryStatus> registry,
      PostsRefused posts,
      Counters counters,
      MemoryBudget memory) {
    this.dataDir = dataDir;
    this.hostname = hostname;
    this.outputs = outputs;
    this.registry = registry;
    this.posts = posts;
    this.counters = counters;
    this.memory = memory;
  }

  /** Identifies the agent that answers, as the caller may have meant another one. */
  private JsonObject identity() {
    Version version = Version.current();
    return new JsonObject()
        .put("version", version.version())
        .put("commit", version.commit())
        .put("pid", ProcessHandle.current().pid())
        .put("data_dir", dataDir.toString());
  }

  JsonObject json(RuntimeStatus runtime) {
    JsonArray outputList = new JsonArray();
    for (OutputStatus output : outputs.get()) {
      outputList.add(
          new JsonObject()
              .put("name", output.name())
              .put("type", output.type())
              .put("waiting_points", output.waitingPoints())
              .put("waiting_bytes", output.memoryBytes())
              .put("disk_bytes", output.diskBytes())
              .put("oldest_s", output.oldestSeconds())
              .put("dropped_points", output.dropped())
              .put("refused_points", output.refused())
              .put("failure", output.failure())
              .put("disk_failure", output.diskFailure()));
    }
    JsonObject counts = new JsonObject();
    counters.snapshot().forEach(counts::put);
    return identity()
        .put("uptime_s", ManagementFactory.getRuntimeMXBean().getUptime() / 1000)
        .put("hostname", hostname.get())
        .put("plugin_cage", runtime.cage())
        .put("java_threads_left_behind", runtime.threadsLeftBehind())
        .put("memory", memory())
        .put("registry", RegistryJson.of(registry.get()))
        .put("outputs", outputList)
        .put("posts", posts.json())
        .put("counters", counts);
  }

  JsonObject health() {
    JsonArray problems = new JsonArray();
    RegistryJson.problems(registry.get()).forEach(problems::add);
    for (OutputStatus output : outputs.get()) {
      if (!output.failure().isEmpty()) {
        problems.add(problem(output, "", output.failure()));
      }
      if (!output.diskFailure().isEmpty()) {
        problems.add(problem(output, "its disk: ", output.diskFailure()));
      }
    }
    posts.problem().ifPresent(problems::add);
    return new JsonObject()
        .put("status", problems.isEmpty() ? "ok" : "problems")
        .put("problems", problems)
        .mergeIn(identity());
  }

  private static String problem(OutputStatus output, String where, String why) {
    return "output "
        + output.name()
        + ": "
        + where
        + Secrets.hidden(why)
        + " ("
        + output.waitingPoints()
        + " points wait, "
        + output.memoryBytes()
        + " bytes in memory and "
        + output.diskBytes()
        + " on disk)";
  }

  private JsonObject memory() {
    JsonArray shares = new JsonArray();
    for (MemoryBudget.Share share : memory.shares()) {
      shares.add(
          new JsonObject()
              .put("name", share.name())
              .put("cap_bytes", share.capBytes())
              .put("used_bytes", share.usedBytes()));
    }
    Runtime runtime = Runtime.getRuntime();
    return new JsonObject()
        .put("heap_bytes", memory.heapBytes())
        .put("heap_used_bytes", runtime.totalMemory() - runtime.freeMemory())
        .put("direct_bytes", PlatformDependent.maxDirectMemory())
        .put("direct_used_bytes", PlatformDependent.usedDirectMemory())
        .put("shares", shares);
  }
}
