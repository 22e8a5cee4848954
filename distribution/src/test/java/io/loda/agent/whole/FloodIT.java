package io.loda.agent.whole;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.loda.common.testing.NsqConsumer;
import io.loda.common.testing.Nsqd;
import io.loda.common.testing.NsqdExtension;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/**
 * Plugins that print all that they may, with the heap that a host has by default and a server that
 * is away: the agent lives, and what they print costs only themselves.
 */
@ExtendWith(NsqdExtension.class)
class FloodIT {

  /** At 1 MiB a second it is over the disk's bound, and goes on for as long again. */
  private static final Duration FLOOD = Duration.ofSeconds(50);

  private static final String LARGEST = "yes 'a v=1' | head -c 1048572";

  @TempDir private Path folder;

  private String plugin(String name, String script) throws IOException {
    Path plugin = Files.createDirectories(folder.resolve(name));
    Path program = Files.writeString(plugin.resolve("plugin.sh"), "#!/bin/sh\n" + script + "\n");
    Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwxr-xr-x"));
    return "{ measurement_type = PLUGIN, name = PLUGIN."
        + name
        + ", git = \"path:"
        + plugin
        + "\", interval = 10";
  }

  private String registry() throws IOException {
    Path registry = Files.createDirectories(folder.resolve("registry"));
    List<String> flood = new ArrayList<>();
    flood.add(plugin("stream", "yes err >&2 & exec yes 'a v=1'") + ", mode = stream }");
    for (int i = 0; i < 8; i++) {
      flood.add(plugin("large" + i, LARGEST) + " }");
    }
    Files.writeString(registry.resolve("flood.loda.conf"), "[" + String.join("\n", flood) + "]");
    Files.writeString(
        registry.resolve("quiet.loda.conf"),
        "["
            + plugin(
                "counter", "i=0; while :; do i=$((i + 1)); echo \"n value=$i\"; sleep 0.1; done")
            + ", mode = stream }]");
    return "registry { type = directory, directory { path = \"" + registry + "\" } }";
  }

  @Test
  void aFloodCostsItselfOnly() throws Exception {
    try (Nsqd nsqd = Nsqd.prepare();
        AgentProcess agent =
            new AgentProcess(
                folder,
                registry(),
                "outputs { queue { type = nsq, servers = [\"" + nsqd.address() + "\"] } }",
                "delivery { min-free = 0%, disk = 24MiB }")) {
      Faults.start(agent);
      await()
          .atMost(AgentProcess.PATIENCE)
          .until(() -> agent.log().contains("dropped so far (disk-full)"));
      // whose it is doesn't change with a restart
      agent.signal("TERM");
      assertThat(agent.exitCode()).isZero();
      Faults.start(agent);
      Faults.pass(FLOOD);
      assertThat(agent.answers()).isTrue();
      String status = agent.get("/me/status").body();
      assertThat(agent.log()).doesNotContain("OutOfMemory");
      assertThat(discardedOf(status, "disk-full", "collect.flood.loda")).isPositive();
      assertThat(discardedOf(status, "disk-full", "collect.quiet.loda")).isZero();
      assertThat(discardedOf(status, "buffer-full", "collect.quiet.loda")).isZero();
      nsqd.start();
      try (NsqConsumer quiet = nsqd.consume("collect.quiet.loda");
          NsqConsumer flood = nsqd.consume("collect.flood.loda")) {
        int counted = 200;
        await().atMost(AgentProcess.PATIENCE).until(() -> values(quiet).contains(counted));
        assertThat(values(quiet)).containsAll(IntStream.rangeClosed(1, counted).boxed().toList());
        assertThat(flood.messages()).isNotEmpty();
      }
      agent.signal("TERM");
      assertThat(agent.exitCode()).isZero();
    }
  }

  private static List<Integer> values(NsqConsumer consumer) {
    return consumer.messages().stream()
        .flatMap(String::lines)
        .filter(line -> line.startsWith("PLUGIN.counter.n,"))
        .map(line -> Integer.valueOf(line.replaceAll(".* value=([0-9]+) .*", "$1")))
        .toList();
  }

  private static long discardedOf(String status, String reason, String topic) {
    String name = "\"points.discarded." + reason + "." + topic + "\":";
    int at = status.indexOf(name);
    return at < 0 ? 0 : Long.parseLong(status.substring(at + name.length()).split("[,}]", 2)[0]);
  }
}
