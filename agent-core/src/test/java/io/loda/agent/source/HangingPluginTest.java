package io.loda.agent.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.loda.agent.assignment.Assignment;
import io.loda.agent.assignment.HostProbes;
import io.loda.agent.config.AgentConfig;
import io.loda.agent.config.Configs;
import io.loda.common.telemetry.Counters;
import io.loda.common.telemetry.Discards;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Java plugins that hang, on the threads that call them. */
class HangingPluginTest {

  private static final Duration SOON = Duration.ofMillis(300);
  private static final Duration LATER = Duration.ofMinutes(5);

  private final Vertx vertx = Vertx.vertx();
  private MetricSources sources;

  @BeforeEach
  void start(@TempDir Path folder) {
    HangingSampler.shut();
    AgentConfig.HostConfig host =
        Configs.host(
            "h",
            List.of(),
            folder,
            folder,
            folder.resolve("pid"),
            "small",
            List.of(),
            folder,
            folder,
            folder);
    sources =
        new MetricSources(
            vertx,
            JavaPlugins.load(folder),
            host,
            10_000,
            new Discards(new Counters(), System::nanoTime));
  }

  @AfterEach
  void close() {
    HangingSampler.letGo();
    wait(sources.close());
    wait(vertx.close());
    await().until(HangingSampler.STUCK::isEmpty);
  }

  @Test
  void oneThatSwallowsInterruptsIsLeftBehindAndClosedWhenItComesBack() {
    MetricSource source = open("collect", true, SOON);

    assertThatThrownBy(() -> wait(source.collect()))
        .hasCauseInstanceOf(HangingException.class)
        .hasMessageContaining("hangs at ")
        .hasMessageContaining("called at io.loda.agent.source.HangingSampler.hang(")
        .hasMessageContaining("not back after 300 ms nor when it was interrupted");
    assertThat(HangingSampler.STUCK).hasSize(1);
    assertThat(sources.threadsLeftBehind()).isEqualTo(1);
    wait(source.close());
    assertThat(HangingSampler.CLOSES).hasValue(0);

    HangingSampler.letGo();
    await().until(() -> HangingSampler.CLOSES.get() == 1);
    await().until(() -> sources.threadsLeftBehind() == 0);
  }

  @Test
  void whatIsOpenedTooLateIsClosed() {
    assertThatThrownBy(() -> open("open", true, SOON)).hasCauseInstanceOf(HangingException.class);
    assertThat(HangingSampler.CLOSES).hasValue(0);
    HangingSampler.letGo();

    await().until(() -> HangingSampler.CLOSES.get() == 1);
  }

  @Test
  void oneThatEndsWhenItIsInterruptedMayTryAgain() {
    MetricSource source = open("collect", false, SOON);

    for (int i = 0; i < 2; i++) {
      assertThatThrownBy(() -> wait(source.collect()))
          .hasCauseInstanceOf(IllegalStateException.class)
          .hasMessageContaining("took longer than 300 ms, and was interrupted");
    }
    assertThat(HangingSampler.STUCK).isEmpty();
    assertThat(HangingSampler.COLLECTS).hasValue(2);
    wait(source.close());
    assertThat(HangingSampler.CLOSES).hasValue(1);
  }

  @Test
  void oneThatHangsWhenItIsOpenedOrClosedIsLeftBehindToo() {
    assertThatThrownBy(() -> open("open", true, SOON)).hasCauseInstanceOf(HangingException.class);

    // it is closed within a time of its own, longer than an interval of a test
    Future<Void> closed = open("close", false, SOON).close();
    await().until(() -> HangingSampler.CLOSES.get() == 1);
    HangingSampler.letGo();
    wait(closed);
  }

  @Test
  void manyThatHangKeepNeitherEachOtherNorTheHostsMeasurements() {
    List<Future<Collected>> hanging = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      hanging.add(open("collect", true, LATER).collect());
    }
    await().until(() -> HangingSampler.STUCK.size() == 20);

    // a Java plugin, and a measurement of the host
    assertThat(wait(open("nowhere", false, LATER).collect()).batches()).hasSize(1);
    MetricSource cpu = wait(sources.open(HostProbes.probe("test-echo", LATER)));
    for (int i = 0; i < 20; i++) {
      assertThat(wait(cpu.collect()).batches()).hasSize(1);
    }
    assertThat(hanging).noneMatch(Future::isComplete);

    HangingSampler.letGo();
    wait(Future.all(hanging));
  }

  @Test
  void theEndLeavesBehindOneThatSwallowsInterrupts() {
    Future<Collected> call = open("collect", true, LATER).collect();
    await().until(() -> HangingSampler.STUCK.size() == 1);

    wait(sources.close());

    assertThatThrownBy(() -> wait(call)).hasCauseInstanceOf(HangingException.class);
    assertThat(HangingSampler.STUCK).hasSize(1);
  }

  @Test
  void thoseThatHangTakeAtMostSoManyThreads() {
    int most = JavaThreads.AT_ONCE + JavaThreads.MOST_ASIDE;
    // long enough for each to have its turn
    Duration inTurn = Duration.ofSeconds(6);
    JavaThreads threads = new JavaThreads(vertx, "test-bounded");
    List<Future<Object>> calls = new ArrayList<>();
    for (int i = 0; i < most; i++) {
      calls.add(threads.call("hanging " + i, inTurn, HangingPluginTest::hang));
    }
    await().until(() -> threads.leftBehind() == most);

    assertThatThrownBy(() -> wait(threads.call("one more", SOON, () -> "")))
        .hasMessageContaining("no thread was free for it, as other Java plugins hang");
    assertThat(threadsNamed("test-bounded")).isEqualTo(most);
    assertThat(calls).allMatch(call -> call.cause() instanceof HangingException);

    HangingSampler.letGo();
    await().until(() -> threads.leftBehind() == 0);
    assertThat(wait(threads.call("one more", SOON, () -> "done"))).isEqualTo("done");
    threads.close();
  }

  @Test
  void whatWaitsForAThreadIsCalledInItsTurn() {
    JavaThreads threads = new JavaThreads(vertx, "test-turn");
    List<Future<Integer>> calls = new ArrayList<>();
    for (int i = 0; i < 1000; i++) {
      int number = i;
      calls.add(threads.call("quick", LATER, () -> number));
    }
    for (int i = 0; i < 1000; i++) {
      assertThat(wait(calls.get(i))).isEqualTo(i);
    }
    // one that a busy machine holds up makes room for another, as one that hangs does
    assertThat(threadsNamed("test-turn"))
        .isLessThanOrEqualTo(JavaThreads.AT_ONCE + JavaThreads.MOST_ASIDE + 1L);
    threads.close();
  }

  @Test
  void anInterruptStaysWithTheCallThatItWasMeantFor() {
    JavaThreads threads = new JavaThreads(vertx, "test-interrupt");
    assertThatThrownBy(
            () ->
                wait(
                    threads.call(
                        "late",
                        SOON,
                        () -> {
                          while (!Thread.currentThread().isInterrupted()) {
                            Thread.onSpinWait();
                          }
                          return "";
                        })))
        .hasMessageContaining("was interrupted");

    assertThat(wait(threads.call("next", LATER, () -> Thread.currentThread().isInterrupted())))
        .isFalse();
    threads.close();
  }

  @Test
  void endlessRecursionAndErrorsAreThatPluginsFailure() {
    MetricSource source = open("recursion", false, LATER);
    for (int i = 0; i < 2; i++) {
      assertThatThrownBy(() -> wait(source.collect()))
          .isInstanceOf(CompletionException.class)
          .hasMessageContaining("calls itself endlessly");
    }
    JavaThreads threads = new JavaThreads(vertx, "test-error");
    assertThatThrownBy(
            () ->
                wait(
                    threads.call(
                        "broken",
                        LATER,
                        () -> {
                          throw new AssertionError("no");
                        })))
        .hasMessageContaining("the plugin is broken: java.lang.AssertionError: no");
    threads.close();
  }

  @Test
  void errorsOfTheVirtualMachineGiveTheirThreadsPlaceBack() {
    JavaThreads threads = new JavaThreads(vertx, "test-vm-error");
    int most = JavaThreads.AT_ONCE + JavaThreads.MOST_ASIDE;
    for (int i = 0; i < most; i++) {
      assertThatThrownBy(
              () ->
                  wait(
                      threads.call(
                          "broken",
                          LATER,
                          () -> {
                            throw new InternalError("thrown by a plugin");
                          })))
          .hasMessageContaining("java.lang.InternalError: thrown by a plugin");
    }

    assertThat(wait(threads.call("next", SOON, () -> "done"))).isEqualTo("done");
    threads.close();
  }

  @Test
  void closedItTakesNoMore() {
    JavaThreads threads = new JavaThreads(vertx, "test-closed");
    threads.close();
    threads.close();

    assertThatThrownBy(() -> wait(threads.call("late", LATER, () -> "")))
        .hasMessageContaining("the agent stops");
  }

  private static Object hang() throws Exception {
    return new HangingSampler().open(Map.of("stubborn", "true")).collect();
  }

  private static long threadsNamed(String name) {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> thread.getName().startsWith(name + "-"))
        .count();
  }

  private MetricSource open(String at, boolean stubborn, Duration interval) {
    return wait(
        sources.open(
            new Assignment.JavaPlugin(
                "my.ns",
                "test-hanging",
                Map.of("at", at, "stubborn", Boolean.toString(stubborn)),
                interval)));
  }

  private static <T> T wait(Future<T> future) {
    return future.toCompletionStage().toCompletableFuture().orTimeout(60, TimeUnit.SECONDS).join();
  }
}
