package io.loda.agent.whole;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.loda.common.testing.FreePort;
import io.loda.common.testing.Nsqd;
import io.loda.common.testing.NsqdExtension;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** What waits for an output outlives the agent, however that ends. */
@ExtendWith(NsqdExtension.class)
class SpoolIT {

  @TempDir private Path folder;

  private final PointLoad load = new PointLoad();

  private AgentProcess agent(String server, String delivery) throws IOException {
    return new AgentProcess(
        folder,
        Faults.registry(folder),
        "outputs { queue { type = nsq, servers = [\"" + server + "\"] } }",
        "delivery { " + delivery + ", min-free = 0% }");
  }

  @Test
  void aStopWithNsqdAwayKeepsWhatWaits(Nsqd nsqd) throws Exception {
    nsqd.kill();
    try (AgentProcess agent = agent(nsqd.address().toString(), "memory = 32MiB")) {
      Faults.start(agent);
      long bytes = 0;
      while (bytes < 16 << 20) {
        assertThat(load.post(agent, 2_000)).isEqualTo(200);
        bytes += PointLoad.POINTS_A_POST * 2_000;
      }
      long stop = System.nanoTime();
      agent.signal("TERM");
      assertThat(agent.exitCode()).isZero();
      assertThat(Duration.ofNanos(System.nanoTime() - stop)).isLessThan(Duration.ofSeconds(10));
      assertThat(agent.log()).contains("points left on disk for the next start");
      assertThat(agent.command("spool", "verify").exitCode()).isZero();
      nsqd.start();
      Faults.start(agent);
      try (Arrivals arrivals = new Arrivals(nsqd)) {
        arrivals.awaitAll(load.accepted());
        arrivals.assertFewTwice();
      }
      agent.assertThatNoLoopWasBlocked();
    }
  }

  /** Much more is on disk than can be sent before the end, and fewer things wait for that. */
  @Test
  void aStopWithMuchOnDiskAndNsqdThereEndsInTimeAndLosesNothing(Nsqd nsqd, Nsqd other)
      throws Exception {
    nsqd.kill();
    other.kill();
    try (AgentProcess agent =
        new AgentProcess(
            folder,
            Faults.registry(folder),
            "outputs { queue { type = nsq, servers = [\""
                + nsqd.address()
                + "\"] }, other { type = nsq, servers = [\""
                + other.address()
                + "\"] } }",
            "delivery { durability = sync, memory = 4MiB, min-free = 0% }")) {
      Faults.start(agent);
      while (load.accepted().size() < 41_500) {
        assertThat(load.post(agent, 2_000)).isEqualTo(200);
      }
      nsqd.start();
      other.start();
      // it has begun to be sent
      await()
          .atMost(AgentProcess.PATIENCE)
          .untilAsserted(
              () ->
                  assertThat(agent.get("/me/status").body())
                      .containsPattern("\"output.queue.points\":[0-9]{3}"));
      agent.signal("TERM");
      assertThat(agent.exitCode()).isZero();
      assertThat(agent.log())
          .contains("StartCommand agent: stopped")
          .doesNotContain(
              "before everything was closed", "close timeout", "close failed", "not closed");
      Faults.start(agent);
      try (Arrivals arrivals = new Arrivals(nsqd)) {
        arrivals.awaitAll(load.accepted());
        arrivals.assertFewTwice();
      }
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

  /** Kills it under load, with nsqd there and away, and starts it again each time. */
  private void killedThreeTimes(Nsqd nsqd, String durability, Duration mayLose) throws Exception {
    int kills = Faults.LONG ? 50 : 3;
    Set<Integer> mustArrive = new TreeSet<>();
    List<Duration> starts = new ArrayList<>();
    try (AgentProcess agent = agent(nsqd.address().toString(), durability)) {
      for (int kill = 0; kill < kills; kill++) {
        if (kill % 4 == 1) {
          nsqd.kill();
        } else if (kill % 4 == 3) {
          nsqd.start();
        }
        long started = System.nanoTime();
        Faults.start(agent);
        starts.add(agent.processorTime());
        PointLoad.Running running = load.begin(agent, Duration.ofMillis(10));
        // old enough that more than what may be lost is at stake
        Faults.pass(Duration.ofMillis(2500));
        await()
            .atMost(AgentProcess.PATIENCE)
            .until(
                () -> load.accepted(started, load.before(System.nanoTime(), mayLose)).size() > 100);
        long killed = System.nanoTime();
        agent.signal("KILL");
        agent.exitCode();
        running.awaitGone();
        // with sync also what was answered between the kill and the end
        long sure = mayLose.isZero() ? System.nanoTime() : load.before(killed, mayLose);
        mustArrive.addAll(load.accepted(started, sure));
      }
      if (kills % 4 != 0) {
        nsqd.kill();
      }
      nsqd.start();
      Faults.start(agent);
      try (Arrivals arrivals = new Arrivals(nsqd)) {
        arrivals.awaitAll(mustArrive);
      }
      // what waits on disk makes no start much dearer than the first, which found nothing there;
      // the median: now and then a JVM compiles more than usual
      Duration first = starts.remove(0);
      Collections.sort(starts);
      assertThat(starts.get(starts.size() / 2)).isLessThan(first.plusSeconds(2));
    }
  }

  @Test
  void anOutputThatWasRenamedGetsWhatWaits(Nsqd nsqd) throws Exception {
    String nobody = "127.0.0.1:" + FreePort.find();
    try (AgentProcess agent = agent(nobody, "durability = sync")) {
      Faults.start(agent);
      for (int i = 0; i < 20; i++) {
        assertThat(load.post(agent, 0)).isEqualTo(200);
      }
      agent.signal("TERM");
      assertThat(agent.exitCode()).isZero();
      String config = Files.readString(agent.config());
      Files.writeString(
          agent.config(),
          config.replace("queue {", "other {").replace(nobody, nsqd.address().toString()));
      String todo = "agent spool move queue NAME";
      assertThat(agent.command("check").out()).contains(todo);
      assertThat(agent.command("spool", "ls").out()).contains(todo, "queue: 1 file,");
      Faults.start(agent);
      // 20 posts of 20 points, and perhaps some of the host's
      assertThat(agent.log())
          .contains(todo)
          .containsPattern("output queue: 4[0-9]{2} points waiting in ");
      assertThat(agent.get("/me/status").body()).contains("\"type\":\"none\"", todo);
      AgentProcess.Finished refused = agent.command("spool", "move", "queue", "other");
      assertThat(refused.exitCode()).isEqualTo(1);
      assertThat(refused.out()).contains("stop it first");
      agent.signal("TERM");
      assertThat(agent.exitCode()).isZero();
      AgentProcess.Finished moved = agent.command("spool", "move", "queue", "other");
      assertThat(moved.exitCode()).as(moved.out()).isZero();
      assertThat(moved.out())
          .containsPattern("moved: 4[0-9]{2} points from output queue to output other");
      assertThat(agent.command("spool", "verify").out()).contains("other: all of it is good");
      Faults.start(agent);
      try (Arrivals arrivals = new Arrivals(nsqd)) {
        arrivals.awaitAll(load.accepted());
        arrivals.assertFewTwice();
      }
    }
  }

  @Test
  void fullOnDiskItAnswers503AndTheCommandsWork() throws Exception {
    String nobody = "127.0.0.1:" + FreePort.find();
    try (AgentProcess agent = agent(nobody, "disk = 4MiB, memory = 4MiB")) {
      Faults.start(agent);
      load.fill(agent, 10_000, "\"disk_bytes\":[34][0-9]{6}\\b");
      assertThat(agent.get("/me/status").body()).contains("\"dropped_points\":0,");
      assertThat(agent.command("spool", "ls").out()).contains("queue: ", " points");
      assertThat(agent.command("spool", "export", "--output", "queue").out())
          .contains("\"topic\":\"collect.test.loda\"", "RUN.x,host=vm");
      AgentProcess.Finished refused = agent.command("spool", "drop");
      assertThat(refused.exitCode()).isEqualTo(1);
      assertThat(refused.out()).contains("the agent with pid ", "stop it first");
      agent.signal("TERM");
      assertThat(agent.exitCode()).isZero();
      AgentProcess.Finished dropped = agent.command("spool", "drop");
      assertThat(dropped.exitCode()).as(dropped.out()).isZero();
      assertThat(agent.command("spool", "ls").out()).contains("queue: 0 files, 0 bytes, 0 points");
    }
  }
}
