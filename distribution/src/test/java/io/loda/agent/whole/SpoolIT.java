package io.loda.agent.whole;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.loda.agent.testing.FreePort;
import io.loda.agent.testing.NsqConsumer;
import io.loda.agent.testing.Nsqd;
import io.loda.agent.testing.NsqdExtension;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collection;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** What waits for an output outlives the agent, however that ends. */
@ExtendWith(NsqdExtension.class)
class SpoolIT {

  private static final int POINTS_A_POST = 20;

  @TempDir private Path folder;

  private final AtomicInteger next = new AtomicInteger();

  /** Values of points that were answered with 200, and when, in ns. */
  private final Map<Integer, Long> accepted = new ConcurrentHashMap<>();

  private AgentProcess agent(String server, String delivery) throws IOException {
    Path registry = Files.createDirectory(folder.resolve("registry"));
    Files.writeString(
        registry.resolve("test.loda.conf"), "[ { measurement_type = HEALTH, name = x } ]");
    return new AgentProcess(
        folder,
        "registry { type = directory, directory { path = \"" + registry + "\" } }",
        "outputs { queue { type = nsq, servers = [\"" + server + "\"] } }",
        "delivery { " + delivery + ", min-free = 0% }");
  }

  private static void start(AgentProcess agent) throws IOException {
    agent.start();
    await().atMost(Duration.ofSeconds(30)).until(agent::answers);
  }

  private int post(AgentProcess agent, int padding) throws IOException, InterruptedException {
    int first = next.getAndAdd(POINTS_A_POST);
    String tag = "x".repeat(padding);
    String points =
        IntStream.range(first, first + POINTS_A_POST)
            .mapToObj(i -> "{\"name\":\"x\",\"value\":" + i + ",\"tags\":{\"p\":\"" + tag + "\"}}")
            .collect(Collectors.joining(",", "[", "]"));
    HttpResponse<String> answer = agent.post("/post?ns=test.loda", points);
    if (answer.statusCode() == 200) {
      IntStream.range(first, first + POINTS_A_POST)
          .forEach(i -> accepted.put(i, System.nanoTime()));
    } else {
      assertThat(answer.statusCode()).as(answer.body()).isEqualTo(503);
      assertThat(answer.headers().firstValue("Retry-After")).isPresent();
    }
    return answer.statusCode();
  }

  private static Set<Integer> values(NsqConsumer consumer) {
    return consumer.lines().stream()
        .filter(line -> line.startsWith("RUN.x,"))
        .map(line -> Integer.valueOf(line.replaceAll(".* value=([0-9]+) .*", "$1")))
        .collect(Collectors.toCollection(HashSet::new));
  }

  private static void arrives(Nsqd nsqd, Collection<Integer> expected) throws Exception {
    try (NsqConsumer consumer = nsqd.consume("collect.test.loda")) {
      await()
          .atMost(Duration.ofSeconds(60))
          .untilAsserted(() -> assertThat(values(consumer)).containsAll(expected));
    }
  }

  @Test
  void aStopWithNsqdAwayKeepsWhatWaits(Nsqd nsqd) throws Exception {
    nsqd.kill();
    try (AgentProcess agent = agent(nsqd.address().toString(), "memory = 32MiB")) {
      start(agent);
      long bytes = 0;
      while (bytes < 16 << 20) {
        assertThat(post(agent, 2_000)).isEqualTo(200);
        bytes += POINTS_A_POST * 2_000;
      }
      long stop = System.nanoTime();
      agent.signal("TERM");
      assertThat(agent.exitCode()).isZero();
      assertThat(Duration.ofNanos(System.nanoTime() - stop)).isLessThan(Duration.ofSeconds(10));
      assertThat(agent.log()).contains("points wait on disk for the next start");
      assertThat(agent.command("spool", "verify").exitCode()).isZero();
      nsqd.start();
      start(agent);
      arrives(nsqd, accepted.keySet());
      agent.assertThatNoLoopWasBlocked();
    }
  }

  @Test
  void inSyncAKillLosesNothing(Nsqd nsqd) throws Exception {
    killedThreeTimes(nsqd, "durability = sync", Duration.ZERO);
  }

  @Test
  void inSpillAKillLosesTheLastSecondAtMost(Nsqd nsqd) throws Exception {
    killedThreeTimes(nsqd, "durability = spill", Duration.ofSeconds(1));
  }

  private void killedThreeTimes(Nsqd nsqd, String durability, Duration mayLose) throws Exception {
    Set<Integer> mustArrive = new HashSet<>();
    try (AgentProcess agent = agent(nsqd.address().toString(), durability)) {
      for (int kill = 0; kill < 3; kill++) {
        if (kill == 1) {
          nsqd.kill();
        }
        long start = System.nanoTime();
        start(agent);
        assertThat(Duration.ofNanos(System.nanoTime() - start))
            .as("start %d", kill)
            .isLessThan(Duration.ofSeconds(kill == 0 ? 30 : 10));
        Thread load = new Thread(() -> load(agent));
        load.start();
        int before = accepted.size();
        await()
            .atMost(Duration.ofSeconds(30))
            .until(() -> accepted.size() > before + 100 * POINTS_A_POST);
        // old enough that no more than the last second is at stake
        long enough = System.nanoTime() + Duration.ofMillis(1500).toNanos();
        await().atMost(Duration.ofSeconds(30)).until(() -> System.nanoTime() - enough > 0);
        long killed = System.nanoTime();
        Map<Integer, Long> sure = Map.copyOf(accepted);
        agent.signal("KILL");
        agent.exitCode();
        load.join();
        (mayLose.isZero() ? accepted : sure)
            .forEach(
                (value, when) -> {
                  if (mayLose.isZero() || killed - when > mayLose.toNanos()) {
                    mustArrive.add(value);
                  }
                });
      }
      nsqd.start();
      start(agent);
      arrives(nsqd, mustArrive);
    }
  }

  /** Posts until the agent is gone. */
  private void load(AgentProcess agent) {
    try {
      while (true) {
        post(agent, 100);
      }
    } catch (IOException | InterruptedException e) {
      // killed
    }
  }

  @Test
  void fullOnDiskItAnswers503AndTheCommandsWork() throws Exception {
    String nobody = "127.0.0.1:" + FreePort.find();
    try (AgentProcess agent = agent(nobody, "disk = 4MiB, memory = 4MiB")) {
      start(agent);
      await().atMost(Duration.ofSeconds(60)).until(() -> post(agent, 10_000) == 503);
      assertThat(agent.get("/me/status").body())
          .contains("\"dropped_points\":0,")
          .containsPattern("\"disk_bytes\":[1-9]");
      assertThat(agent.command("spool", "ls").out()).contains("queue: ", " points");
      assertThat(agent.command("spool", "export", "--output", "queue").out())
          .contains("\"topic\":\"collect.test.loda\"", "RUN.x,host=vm");
      AgentProcess.Finished refused = agent.command("spool", "drop");
      assertThat(refused.exitCode()).isEqualTo(1);
      assertThat(refused.out()).contains("is in use by the process with pid");
      agent.signal("TERM");
      assertThat(agent.exitCode()).isZero();
      AgentProcess.Finished dropped = agent.command("spool", "drop");
      assertThat(dropped.exitCode()).as(dropped.out()).isZero();
      assertThat(agent.command("spool", "ls").out()).contains("queue: 0 files, 0 bytes, 0 points");
    }
  }
}
