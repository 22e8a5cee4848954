package io.loda.agent.whole;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.loda.common.testing.Nsqd;
import io.loda.common.testing.NsqdExtension;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/**
 * Under load, whatever happens to nsqd: what was answered with 200 arrives, and hardly any twice.
 * Outages are mostly waiting: they are waited for at the same time.
 */
@ExtendWith(NsqdExtension.class)
@Execution(ExecutionMode.CONCURRENT)
class OutageIT {

  private static final Duration PAUSE = Duration.ofMillis(20);
  private static final Duration BEFORE = Duration.ofSeconds(5);

  /** How soon it is to go on when a name is known again. */
  private static final Duration WITHIN = Duration.ofSeconds(15);

  @TempDir private Path folder;

  private final PointLoad load = new PointLoad();

  private AgentProcess agent(String outputs) throws IOException {
    return new AgentProcess(
        folder,
        Faults.registry(folder),
        "outputs { " + outputs + " }",
        // what is under way when nsqd goes may come twice: a message is a fifth of a second
        "delivery { max-delay = 400ms, min-free = 0% }");
  }

  private static String output(String name, Nsqd... servers) {
    StringBuilder addresses = new StringBuilder();
    for (Nsqd server : servers) {
      addresses.append('"').append(server.address()).append("\",");
    }
    return name + " { type = nsq, servers = [" + addresses + "] }\n";
  }

  private void assertAllArrived(AgentProcess agent, Nsqd... servers) throws Exception {
    try (Arrivals arrivals = new Arrivals(servers)) {
      arrivals.awaitAll(load.accepted());
      arrivals.assertFewTwice();
    }
    agent.signal("TERM");
    assertThat(agent.exitCode()).isZero();
    assertThat(agent.log()).doesNotContain("discarded");
    agent.assertThatNoLoopWasBlocked();
  }

  @Test
  void nsqdIsKilledAndComesBack(Nsqd nsqd) throws Exception {
    try (AgentProcess agent = agent(output("queue", nsqd))) {
      Faults.start(agent);
      PointLoad.Running running = load.begin(agent, PAUSE);
      Faults.pass(BEFORE);
      nsqd.kill();
      Faults.pass(Faults.time(Duration.ofSeconds(20), Duration.ofMinutes(10)));
      assertThat(agent.get("/me/status").body())
          .contains("\"failure\":\"no nsqd takes it: " + nsqd.address());
      nsqd.start();
      Faults.pass(BEFORE);
      running.end();
      assertAllArrived(agent, nsqd);
      assertThat(agent.log()).contains("output queue: send failed", "output queue: sending again");
    }
  }

  @Test
  void nsqdIsNotThereAtTheStart(Nsqd nsqd) throws Exception {
    nsqd.kill();
    try (AgentProcess agent = agent(output("queue", nsqd))) {
      Faults.start(agent);
      PointLoad.Running running = load.begin(agent, PAUSE);
      Faults.pass(Duration.ofSeconds(20));
      nsqd.start();
      Faults.pass(BEFORE);
      running.end();
      assertAllArrived(agent, nsqd);
    }
  }

  @Test
  void nsqdIsStoppedAndContinuedWhileTheOtherOutputGoesOn(Nsqd nsqd, Nsqd other) throws Exception {
    try (AgentProcess agent = agent(output("queue", nsqd) + output("other", other))) {
      Faults.start(agent);
      PointLoad.Running running = load.begin(agent, PAUSE);
      Faults.pass(BEFORE.multipliedBy(2));
      int threads = threads(agent);
      nsqd.stop();
      try (Arrivals arrivals = new Arrivals(other)) {
        Faults.pass(Faults.time(Duration.ofSeconds(30), Duration.ofMinutes(5)));
        Set<Integer> before = load.accepted();
        arrivals.awaitAll(before, Duration.ofSeconds(10));
      }
      assertThat(threads(agent)).isLessThanOrEqualTo(threads + 2);
      nsqd.resume();
      Faults.pass(BEFORE.multipliedBy(2));
      running.end();
      try (Arrivals arrivals = new Arrivals(nsqd)) {
        arrivals.awaitAll(load.accepted());
        arrivals.assertFewTwice();
      }
      agent.assertThatNoLoopWasBlocked();
    }
  }

  private static int threads(AgentProcess agent) {
    return Path.of("/proc", Long.toString(agent.pid()), "task").toFile().list().length;
  }

  @Test
  void twoNsqdsGoAndComeBackInTurn(Nsqd first, Nsqd second) throws Exception {
    Duration phase = Faults.time(Duration.ofSeconds(6), Duration.ofMinutes(1));
    try (AgentProcess agent = agent(output("queue", first, second))) {
      Faults.start(agent);
      PointLoad.Running running = load.begin(agent, PAUSE);
      Faults.pass(phase);
      first.kill();
      Faults.pass(phase);
      first.start();
      Faults.pass(phase);
      second.kill();
      Faults.pass(phase);
      second.start();
      Faults.pass(phase);
      running.end();
      assertAllArrived(agent, first, second);
    }
  }

  /** The system's resolver, as the JVM has it, asks a file that a test can change. */
  @Test
  void theNameServerFailsAtTheStartAndInBetween(Nsqd nsqd) throws Exception {
    Path hosts = folder.resolve("hosts");
    String without = "127.0.0.1 localhost\n";
    String with = without + "127.0.0.1 nsqd.test\n";
    Files.writeString(hosts, without);
    String server = "nsqd.test:" + nsqd.port();
    try (AgentProcess agent =
            agent("queue { type = nsq, servers = [\"" + server + "\"] }")
                .javaOptions("-Djdk.net.hosts.file=" + hosts, "-Dsun.net.inetaddr.ttl=1");
        Arrivals arrivals = new Arrivals(nsqd)) {
      Faults.start(agent);
      PointLoad.Running running = load.begin(agent, PAUSE);
      awaitUnknownHost(agent);
      Files.writeString(hosts, with);
      arrivals.awaitAll(load.accepted(), WITHIN);
      Faults.pass(BEFORE);
      arrivals.leave();
      await().until(nsqd::hasNothingUnderWay);
      nsqd.kill();
      Files.writeString(hosts, without);
      awaitUnknownHost(agent);
      nsqd.start();
      Faults.pass(Faults.time(Duration.ZERO, Duration.ofMinutes(5)));
      Files.writeString(hosts, with);
      arrivals.consume(nsqd);
      arrivals.awaitAll(load.accepted(), WITHIN);
      running.end();
      arrivals.awaitAll(load.accepted());
      arrivals.assertFewTwice();
      agent.assertThatNoLoopWasBlocked();
    }
  }

  private static void awaitUnknownHost(AgentProcess agent) {
    await()
        .atMost(Duration.ofSeconds(40))
        .until(() -> agent.get("/me/status").body().contains(": unknown host"));
  }
}
