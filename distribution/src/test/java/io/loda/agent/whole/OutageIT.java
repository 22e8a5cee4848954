package io.loda.agent.whole;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.loda.agent.testing.NsqConsumer;
import io.loda.agent.testing.Nsqd;
import io.loda.agent.testing.NsqdExtension;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** What was posted while nsqd was away arrives when it is back. */
@ExtendWith(NsqdExtension.class)
class OutageIT {

  /** 400 posts, one each 50 ms: the outage takes 20 s. */
  private static final int POSTS = 400;

  private static final Duration PAUSE = Duration.ofMillis(50);
  private static final int POINTS_A_POST = 10;

  @TempDir private Path folder;

  @Test
  void everyPointPostedWhileNsqdWasAwayArrives(Nsqd nsqd) throws Exception {
    try (AgentProcess agent =
        new AgentProcess(
            folder,
            registry(),
            "outputs { queue { type = nsq, servers = [\"" + nsqd.address() + "\"] } }")) {
      agent.start();
      await().atMost(Duration.ofSeconds(30)).until(agent::answers);
      Set<Integer> posted = new TreeSet<>();
      post(agent, posted);
      nsqd.kill();
      postDuringTheOutage(agent, posted);
      assertThat(agent.get("/me/status").body())
          .contains("\"failure\":\"no nsqd takes it: " + nsqd.address());
      nsqd.start();
      post(agent, posted);
      try (NsqConsumer consumer = nsqd.consume("collect.test.loda")) {
        await()
            .atMost(Duration.ofSeconds(60))
            .until(() -> values(consumer.lines()).size() == posted.size());
        assertThat(values(consumer.lines())).isEqualTo(posted);
      }
      agent.signal("TERM");
      assertThat(agent.exitCode()).isZero();
      assertThat(agent.log())
          .contains("output queue takes nothing", "output queue takes messages again")
          .doesNotContain("discarded");
      agent.assertThatNoLoopWasBlocked();
    }
  }

  private String registry() throws Exception {
    Path registry = Files.createDirectory(folder.resolve("registry"));
    Files.writeString(
        registry.resolve("test.loda.conf"), "[ { measurement_type = HEALTH, name = x } ]");
    return "registry { type = directory, directory { path = \"" + registry + "\" } }";
  }

  private static void postDuringTheOutage(AgentProcess agent, Set<Integer> posted)
      throws Exception {
    ScheduledExecutorService clock = Executors.newSingleThreadScheduledExecutor();
    try {
      CountDownLatch left = new CountDownLatch(POSTS);
      ScheduledFuture<?> posts =
          clock.scheduleAtFixedRate(
              () -> {
                try {
                  post(agent, posted);
                  left.countDown();
                } catch (Exception e) {
                  throw new IllegalStateException(e);
                }
              },
              0,
              PAUSE.toMillis(),
              TimeUnit.MILLISECONDS);
      assertThat(left.await(60, TimeUnit.SECONDS)).isTrue();
      posts.cancel(false);
    } finally {
      clock.shutdown();
      assertThat(clock.awaitTermination(10, TimeUnit.SECONDS)).isTrue();
    }
  }

  /** Posts ten points and notes their values. */
  private static void post(AgentProcess agent, Set<Integer> posted) throws Exception {
    int first = posted.size();
    String points =
        IntStream.range(first, first + POINTS_A_POST)
            .mapToObj("{\"name\":\"x\",\"value\":%d}"::formatted)
            .collect(Collectors.joining(",", "[", "]"));
    var answer = agent.post("/post?ns=test.loda", points);
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    IntStream.range(first, first + POINTS_A_POST).forEach(posted::add);
  }

  private static Set<Integer> values(List<String> lines) {
    return lines.stream()
        .filter(line -> line.startsWith("RUN.x,"))
        .map(line -> Integer.valueOf(line.replaceAll(".* value=([0-9]+) .*", "$1")))
        .collect(Collectors.toCollection(TreeSet::new));
  }
}
