package io.loda.agent.output;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.loda.agent.output.nsq.NsqOutput;
import io.loda.agent.output.nsq.NsqSettings;
import io.loda.common.net.HostLookup;
import io.loda.common.testing.NsqConsumer;
import io.loda.common.testing.Nsqd;
import io.loda.common.testing.NsqdDouble;
import io.vertx.core.Future;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Nothing that nsqd didn't say OK to is given up, whatever becomes of it. */
class NsqFaultsIT extends RealNsqds {

  private static final NsqOutput.Times QUICK =
      new NsqOutput.Times(
          Duration.ofSeconds(1),
          Duration.ofMillis(20),
          Duration.ofSeconds(1),
          Duration.ofMillis(50));

  private OnLoop output(NsqOutput.Times times, String balance, String... servers) {
    NsqSettings settings = settings(balance, List.of(servers));
    return started(new NsqOutput(vertx, "queue", settings, times, HostLookup.ofSystem(vertx)));
  }

  private static void awaitTaken(Load load, int count) {
    await().atMost(LONG).until(() -> load.taken() >= count);
  }

  /** All that these have, from the beginning. */
  private static List<String> consume(int distinct, Nsqd... nsqds) throws Exception {
    List<NsqConsumer> consumers = new ArrayList<>();
    for (Nsqd nsqd : nsqds) {
      consumers.add(nsqd.consume(Load.TOPIC));
    }
    await().atMost(LONG).until(() -> all(consumers).stream().distinct().count() >= distinct);
    List<String> all = all(consumers);
    for (NsqConsumer consumer : consumers) {
      consumer.close();
    }
    return all;
  }

  private static List<String> all(List<NsqConsumer> consumers) {
    return consumers.stream().flatMap(consumer -> consumer.messages().stream()).toList();
  }

  private static void assertWhole(int sent, List<String> received) {
    Tally tally = Tally.of(sent, received);
    assertThat(tally.lost()).isEmpty();
    assertThat(tally.altered()).isEmpty();
    assertThat(tally.twice()).hasSizeLessThanOrEqualTo(sent / 100);
  }

  @Test
  void nsqdKilledAndBackTwiceUnderLoad() throws Exception {
    Nsqd nsqd = nsqd();
    OnLoop output = output(QUICK, "round-robin", nsqd.address());
    Load load = new Load(vertx, output);
    load.upTo(Integer.MAX_VALUE);
    for (int round = 1; round <= 2; round++) {
      awaitTaken(load, load.taken() + 1_000);
      nsqd.kill();
      int failures = load.failures().size();
      await().atMost(LONG).until(() -> load.failures().size() > failures + 20);
      nsqd.start();
    }
    awaitTaken(load, 4_000);
    int sent = load.end();
    awaitTaken(load, sent);
    assertWhole(sent, consume(sent, nsqd));
    OnLoop.get(output.close());
  }

  @Test
  void nsqdNeverThereAtStartThenThere() throws Exception {
    Nsqd nsqd = closing(Nsqd.prepare());
    OnLoop output = output(QUICK, "round-robin", nsqd.address());
    Load load = new Load(vertx, output);
    load.upTo(1_000);
    await().atMost(LONG).until(() -> load.failures().size() > 20);
    assertThat(load.failures())
        .allSatisfy(
            failure ->
                assertThat(failure)
                    .contains("no nsqd takes it: " + nsqd.address() + ": Connection refused"));
    nsqd.start();
    awaitTaken(load, 1_000);
    assertWhole(1_000, consume(1_000, nsqd));
    OnLoop.get(output.close());
  }

  @Test
  void nsqdStoppedAndContinued() throws Exception {
    Nsqd nsqd = nsqd();
    Nsqd other = nsqd();
    OnLoop output = output(NsqOutput.Times.DEFAULTS, "round-robin", nsqd.address());
    OnLoop beside = output(NsqOutput.Times.DEFAULTS, "round-robin", other.address());
    Load load = new Load(vertx, output);
    Load loadBeside = new Load(vertx, beside);
    load.upTo(1_000);
    awaitTaken(load, 1_000);
    nsqd.stop();
    load.upTo(2_000);
    loadBeside.upTo(1_000);
    awaitTaken(loadBeside, 1_000);
    await()
        .atMost(LONG)
        .until(
            () -> load.failures().stream().anyMatch(f -> f.contains("no answer within 5000 ms")));
    nsqd.resume();
    awaitTaken(load, 2_000);
    // what it had read before it was stopped comes twice
    Tally tally = Tally.of(2_000, consume(2_000, nsqd));
    assertThat(tally.lost()).isEmpty();
    assertThat(tally.altered()).isEmpty();
    assertThat(tally.twice()).hasSizeLessThanOrEqualTo(2 * output.maxInFlight());
    OnLoop.get(output.close());
    OnLoop.get(beside.close());
  }

  @Test
  void twoNsqdsOneDiesAndComesBackThenTheOther() throws Exception {
    Nsqd first = nsqd();
    Nsqd second = nsqd();
    OnLoop output = output(QUICK, "round-robin", first.address(), second.address());
    Load load = new Load(vertx, output);
    load.upTo(Integer.MAX_VALUE);
    awaitTaken(load, 1_000);
    first.kill();
    awaitTaken(load, load.taken() + 500);
    first.start();
    awaitTaken(load, load.taken() + 500);
    await().atMost(LONG).until(() -> first.stats().contains("user_agent\":\"agent/"));
    second.kill();
    awaitTaken(load, Math.max(4_000, load.taken() + 1_000));
    int sent = load.end();
    awaitTaken(load, sent);
    second.start();
    assertWhole(sent, consume(sent, first, second));
    OnLoop.get(output.close());
  }

  /** Where our promise ends. */
  @Test
  void whatNsqdKeepsInMemoryIsLostByItsKillAndNoneWithoutAMemoryQueue() throws Exception {
    Nsqd keeps = nsqd("-mem-queue-size=50");
    Nsqd writes = nsqd("-mem-queue-size=0");
    for (Nsqd nsqd : List.of(keeps, writes)) {
      OnLoop output = output(QUICK, "failover", nsqd.address());
      Load load = new Load(vertx, output);
      load.upTo(200);
      awaitTaken(load, 200);
      OnLoop.get(output.close());
      nsqd.kill();
      nsqd.start();
    }
    assertThat(Tally.of(200, consume(200, writes)).lost()).isEmpty();
    assertThat(Tally.of(200, consume(150, keeps)).lost()).hasSize(50);
  }

  @Test
  void aMessageOverTheServersLimitIsRefusedAndTheRestFlows() throws Exception {
    Nsqd nsqd = nsqd("-max-msg-size=2000");
    OnLoop output = output(QUICK, "failover", nsqd.address());
    assertThat(output.maxMessageBytes()).isEqualTo(1 << 20);
    List<Future<Void>> sent =
        output.sendTogether(message("before"), message("x".repeat(2001)), message("after"));
    await().atMost(LONG).until(() -> sent.stream().allMatch(Future::isComplete));
    assertThat(sent.get(0).succeeded()).isTrue();
    assertThat(sent.get(1).cause())
        .isInstanceOf(RefusedException.class)
        .hasMessage("nsqd " + nsqd.address() + ": E_BAD_MESSAGE PUB message too big 2001 > 2000");
    // kept, as anything that isn't answered
    assertThat(sent.get(2).cause())
        .isNotInstanceOf(RefusedException.class)
        .hasMessageContaining("closed the connection after E_BAD_MESSAGE");
    OnLoop.get(output.send(message("after")));
    try (NsqConsumer consumer = nsqd.consume(Load.TOPIC)) {
      await().until(() -> consumer.messages().size() == 2);
      assertThat(consumer.messages()).containsExactlyInAnyOrder("before", "after");
    }
    OnLoop.get(output.close());
  }

  @Test
  void theLimitThatTheServerSaysHoldsFromThenOn() throws Exception {
    Nsqd nsqd = nsqd("-max-msg-size=2000");
    OnLoop output = output(QUICK, "failover", nsqd.address());
    assertThat(output.send(message("x".repeat(2001))).toCompletionStage()).failsWithin(LONG);
    OnLoop.get(output.send(message("small")));
    assertThat(output.maxMessageBytes()).isEqualTo(2000);
    OnLoop.get(output.close());
  }

  @Test
  void aServerThatIsBackIsFoundSoonWhileNoOtherTakes() throws Exception {
    Nsqd first = nsqd();
    Nsqd second = nsqd();
    second.kill();
    NsqOutput.Times patient =
        new NsqOutput.Times(
            QUICK.heartbeat(), Duration.ofMinutes(10), QUICK.lookup(), QUICK.firstLookup());
    OnLoop output = output(patient, "failover", first.address(), second.address());
    await().atMost(LONG).until(() -> send(output, "x").succeeded());
    first.kill();
    second.start();
    // although its pause of ten minutes isn't over
    await().atMost(LONG).until(() -> send(output, "x").succeeded());
    OnLoop.get(output.close());
  }

  /** The server closes before it has read all; what it said of it is in what it sent before. */
  @Test
  void theLimitIsLearnedAlsoWhenLargeMessagesAreStillBeingWritten() throws Exception {
    Nsqd nsqd = nsqd("-max-msg-size=60000");
    OnLoop output = output(QUICK, "failover", nsqd.address());
    OnLoop.get(output.send(message("small")));
    List<Future<Void>> sent = new ArrayList<>();
    for (int i = 0; i < 16; i++) {
      sent.add(output.send(message("x".repeat(250_000))));
    }
    await().atMost(LONG).until(() -> sent.stream().allMatch(Future::isComplete));
    assertThat(sent.get(0).cause())
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining("PUB message too big 250000 > 60000");
    assertThat(output.maxMessageBytes()).isEqualTo(60_000);
    OnLoop.get(output.close());
  }

  @Test
  void anErrorThatIsNotTheMessagesKeepsIt() throws Exception {
    for (String words : List.of("E_PUB_FAILED PUB failed exiting", "E_UNAUTHORIZED AUTH failed")) {
      NsqdDouble nsqd = closing(NsqdDouble.start(words));
      OnLoop output = output(QUICK, "failover", nsqd.address());
      Future<Void> sent = send(output, "x");
      assertThat(sent.cause()).isNotInstanceOf(RefusedException.class).hasMessageContaining(words);
      OnLoop.get(output.close());
    }
  }

  @Test
  void anErrorThatIsTheMessagesRefusesIt() throws Exception {
    for (String words : List.of("E_BAD_TOPIC PUB topic name", "E_INVALID PUB", "E_BAD_MESSAGE")) {
      NsqdDouble nsqd = closing(NsqdDouble.start(words));
      OnLoop output = output(QUICK, "failover", nsqd.address());
      Future<Void> sent = send(output, "x");
      assertThat(sent.cause()).isInstanceOf(RefusedException.class).hasMessageContaining(words);
      OnLoop.get(output.close());
    }
  }

  @Test
  void aThousandReconnectsCostNeitherDescriptorsNorThreads() throws Exception {
    NsqdDouble nsqd = closing(NsqdDouble.start(NsqdDouble.CLOSES_AFTER_EACH));
    NsqOutput.Times times =
        new NsqOutput.Times(
            Duration.ofSeconds(1),
            Duration.ofMillis(1),
            Duration.ofSeconds(1),
            Duration.ofSeconds(1));
    OnLoop output = output(times, "failover", nsqd.address());
    Load load = new Load(vertx, output, Duration.ofMillis(1));
    load.upTo(50);
    awaitTaken(load, 50);
    long descriptors = entries("/proc/self/fd");
    long threads = threads();
    load.upTo(1_050);
    awaitTaken(load, 1_050);
    assertThat(nsqd.connections()).isGreaterThanOrEqualTo(1_000);
    await()
        .untilAsserted(
            () -> {
              assertThat(entries("/proc/self/fd")).isLessThanOrEqualTo(descriptors + 5);
              // of a few it takes its first only now
              assertThat(threads()).isLessThanOrEqualTo(threads + 5);
            });
    OnLoop.get(output.close());
  }

  /** Java's own: the JVM starts and ends compilers as it likes. Without those that wait for it. */
  private static long threads() {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> !thread.getName().startsWith("awaitility"))
        .count();
  }

  private static long entries(String folder) throws IOException {
    try (Stream<Path> files = Files.list(Path.of(folder))) {
      return files.count();
    }
  }

  @Test
  void heartbeatsAreAnsweredSoThatAnIdleConnectionStays() throws Exception {
    Nsqd nsqd = nsqd();
    // seconds: a machine that stands still answers none
    NsqOutput.Times times =
        new NsqOutput.Times(
            Duration.ofSeconds(4), QUICK.firstPause(), QUICK.lookup(), QUICK.firstLookup());
    OnLoop output = output(times, "failover", nsqd.address());
    OnLoop.get(output.send(message("before")));
    String address = remoteAddress(nsqd);
    // nsqd closes what doesn't answer within two of them, so does the output
    await().pollDelay(Duration.ofSeconds(10)).until(() -> true);
    OnLoop.get(output.send(message("after")));
    assertThat(remoteAddress(nsqd)).isEqualTo(address);
    OnLoop.get(output.close());
  }

  private static String remoteAddress(Nsqd nsqd) throws Exception {
    return nsqd.stats()
        .replaceAll("(?s).*\"producers\":\\[\\{[^]]*?\"remote_address\":\"([^\"]*).*", "$1");
  }

  @Test
  void aConnectionOnWhichNothingIsHeardIsLeft() throws Exception {
    NsqdDouble nsqd = closing(NsqdDouble.start(NsqdDouble.NO_HEARTBEATS));
    OnLoop output = output(QUICK, "failover", nsqd.address());
    OnLoop.get(output.send(message("x")));
    await().until(() -> nsqd.connections() > 1);
    OnLoop.get(output.close());
  }

  @Test
  void whatIsNoNsqdIsSaidToBeNone() throws Exception {
    Nsqd nsqd = nsqd();
    OnLoop output = output(QUICK, "failover", "127.0.0.1:" + nsqd.httpPort());
    Future<Void> sent = send(output, "x");
    assertThat(sent.cause())
        .hasMessageContaining("it says \"HTTP/1.1 400 Bad Request")
        .hasMessageContaining("is it an nsqd, and its TCP port?");
    OnLoop.get(output.close());
  }
}
