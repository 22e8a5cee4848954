package io.loda.agent.whole;

import static org.assertj.core.api.Assertions.as;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.InstanceOfAssertFactories.PATH;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.loda.common.testing.Nsqd;
import io.loda.common.testing.NsqdExtension;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** What nsqd or the disk will not take. */
@ExtendWith(NsqdExtension.class)
class LimitsIT {

  @TempDir private Path folder;

  private final PointLoad load = new PointLoad();

  private AgentProcess agent(Nsqd nsqd, String delivery) throws IOException {
    return new AgentProcess(
        folder,
        Faults.registry(folder),
        "outputs { queue { type = nsq, servers = [\"" + nsqd.address() + "\"] } }",
        "delivery { min-free = 0%, " + delivery + " }");
  }

  private static List<Path> refused(AgentProcess agent) throws IOException {
    Path refused = agent.dataDir().resolve("refused");
    if (!Files.isDirectory(refused)) {
      return List.of();
    }
    try (var files = Files.list(refused)) {
      return files.toList();
    }
  }

  @Test
  void aMessageOverTheServersLimitIsSplitAndAPointOverItGoesAside() throws Exception {
    try (Nsqd nsqd = Nsqd.prepare("-max-msg-size=20000");
        AgentProcess agent = agent(nsqd, "max-delay = 1s")) {
      Faults.start(agent);
      // large messages of all, more than the kernel takes at once, and nobody knows the limit yet
      for (int i = 0; i < 30; i++) {
        assertThat(load.post(agent, 1_500)).isEqualTo(200);
      }
      String large = "[{\"name\":\"large\",\"value\":1,\"tags\":{\"p\":\"%s\"}}]";
      assertThat(agent.post("/post?ns=test.loda", large.formatted("x".repeat(30_000))).statusCode())
          .isEqualTo(200);
      assertThat(load.post(agent, 1_500)).isEqualTo(200);
      nsqd.start();
      try (Arrivals arrivals = new Arrivals(nsqd)) {
        arrivals.awaitAll(load.accepted());
        // it is there before all is in it
        await()
            .untilAsserted(
                () ->
                    assertThat(refused(agent))
                        .singleElement(as(PATH))
                        .content()
                        .contains("too big", "\"points\" : 1,", "RUN.large,host=vm"));
        // now it is known
        var answer = agent.post("/post?ns=test.loda", large.formatted("x".repeat(30_000)));
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(413);
        assertThat(load.post(agent, 1_500)).isEqualTo(200);
        arrivals.awaitAll(load.accepted());
      }
      assertThat(agent.get("/me/status").body()).contains("\"refused_points\":1,");
    }
  }

  @Test
  void aNamespaceThatMakesABadTopicIsRefusedAndTheRestFlows(Nsqd nsqd) throws Exception {
    try (AgentProcess agent = agent(nsqd, "max-delay = 1s")) {
      Faults.start(agent);
      var answer = agent.post("/post?ns=" + "x".repeat(60), "[{\"name\":\"x\",\"value\":1}]");
      assertThat(answer.statusCode()).isEqualTo(400);
      assertThat(answer.body()).contains("expected a name that makes a topic");
      assertThat(load.post(agent, 0)).isEqualTo(200);
      try (Arrivals arrivals = new Arrivals(nsqd)) {
        arrivals.awaitAll(load.accepted());
      }
    }
  }

  @Test
  void onAFullDiskPostsAreRefusedAndItGoesOnWhenThereIsSpace(Nsqd nsqd) throws Exception {
    AgentProcess agent = agent(nsqd, "memory = 16MiB");
    String disk = Files.createDirectory(agent.dataDir()).toString();
    assumeTrue(
        AgentProcess.run("mount", "-t", "tmpfs", "-o", "size=8m,mode=755", "tmpfs", disk).exitCode()
            == 0,
        "only root may mount a small file system to fill");
    try {
      try (agent) {
        fillAndDrain(agent, nsqd);
      }
    } finally {
      AgentProcess.run("umount", disk);
    }
  }

  private void fillAndDrain(AgentProcess agent, Nsqd nsqd) throws Exception {
    nsqd.kill();
    Faults.start(agent);
    load.fill(agent, 10_000, "No space left");
    nsqd.start();
    try (Arrivals arrivals = new Arrivals(nsqd)) {
      arrivals.awaitAll(load.accepted());
      await().until(() -> agent.get("/me/status").body().contains("\"disk_failure\":\"\""));
      assertThat(load.post(agent, 2_000)).isEqualTo(200);
      arrivals.awaitAll(load.accepted());
    }
    assertThat(agent.log()).doesNotContain("discarded");
    agent.signal("TERM");
    assertThat(agent.exitCode()).isZero();
  }
}
