package io.loda.agent.poll;

import static io.loda.agent.registry.Futures.await;
import static io.loda.agent.registry.Futures.failure;
import static org.assertj.core.api.Assertions.assertThat;

import io.loda.agent.assignment.HostProbes;
import io.loda.agent.registry.HostIdentity;
import io.loda.agent.schedule.ManualTimers;
import io.loda.agent.schedule.ScheduleFixture;
import io.loda.agent.schedule.ScriptedRegistry;
import io.loda.common.telemetry.MemoryBudget;
import io.vertx.core.Future;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AssignmentPollerTest extends PollerFixture {

  AssignmentPollerTest(@TempDir Path folder) throws Exception {
    super(folder);
  }

  @Test
  void asksAtTheStart() throws Exception {
    registry.has("a", "[" + SSH + "]").has("b", "[" + WEB + "]");
    fixture.poller(registry);

    awaitAssigned("PORT a PORT.22", "PORT b PORT.80");
    assertThat(fixture.assigned().namespaces())
        .containsExactly(Map.entry("a", "id of a"), Map.entry("b", "id of b"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "[{", "<html>", "{}", "null"})
  void theLastGoodAnswerOfANamespaceStays(String broken) throws Exception {
    AssignmentPoller poller = startedWith("[" + SSH + "]", "[" + SSH + "]");

    registry.has("a", broken).has("b", "[" + WEB + "]");
    assertThat(failure(poller.update())).isNotNull();

    assertThat(assigned()).containsExactlyInAnyOrder("PORT a PORT.22", "PORT b PORT.80");
  }

  @Test
  void everythingStaysWhileTheRegistryIsAway() throws Exception {
    AssignmentPoller poller = startedWith("[" + SSH + "]", "[" + WEB + "]");

    registry.failsAltogether("no whole answer within 10000 ms");

    assertThat(failure(poller.update())).hasMessageContaining("no whole answer within 10000 ms");
    assertThat(assigned()).containsExactlyInAnyOrder("PORT a PORT.22", "PORT b PORT.80");
    assertThat(fixture.assigned().namespaces()).containsOnlyKeys("a", "b");
  }

  @Test
  void whereNothingIsKnownARegistryThatIsAwayDoesNotCountAsAnAnswer() throws Exception {
    registry.failsAltogether("no whole answer within 10000 ms");
    ManualTimers timers = new ManualTimers();
    Path dir;
    try (ScheduleFixture own =
        new ScheduleFixture(folder, Map.of(), InstantSource.system(), vertx -> timers)) {
      dir = own.config.plugins().dir();
      Files.createDirectories(dir.resolve("ns/.versions/demo"));
      AssignmentPoller poller = own.poller(registry);
      assertThat(failure(poller.update())).hasMessageContaining("no whole answer");

      timers.pass(Duration.ofHours(1));
    }
    // its seven days would have begun
    assertThat(dir.resolve(".removed")).doesNotExist();
  }

  @Test
  void whatNoItemNamesIsMeasuredAllTheSameWhereItIsADefault() throws Exception {
    String ps = "{\"measurement_type\":\"PS\",\"name\":\"x\",\"interval\":\"30\"}";
    try (ScheduleFixture own =
        new ScheduleFixture(
            folder.resolve("own"), Map.of("agent.default-types", "HEALTH, PS, NONE"))) {
      AssignmentPoller poller = own.poller(registry);
      assertThat(failure(poller.update())).hasMessageContaining("expected a namespace");
      assertThat(own.assigned().assignments()).as("in no namespace").isEmpty();

      registry.has("a", "[" + ps + "]");
      await(poller.update());

      assertThat(own.assigned().assignments().values())
          .containsExactlyInAnyOrder(
              HostProbes.probe("PS", Duration.ofSeconds(30)),
              HostProbes.probe("HEALTH", Duration.ofSeconds(10)));
    }
  }

  @Test
  void oneBadItemIsLeftOutAlone() throws Exception {
    AssignmentPoller poller = startedWith("[" + SSH + "]", "[" + WEB + "]");

    registry.has("a", "[{\"measurement_type\":\"PRT\",\"name\":\"x\"}," + SSH + "," + WEB + "]");
    await(poller.update());

    assertThat(assigned())
        .containsExactlyInAnyOrder("PORT a PORT.22", "PORT a PORT.80", "PORT b PORT.80");
    assertThat(fixture.assigned().rejected())
        .singleElement()
        .satisfies(item -> assertThat(item.name()).isEqualTo("x"));
  }

  @Test
  void aNamespaceThatIsTheHostsNoMoreGoes() throws Exception {
    AssignmentPoller poller = startedWith("[" + SSH + "]", "[" + WEB + "]");

    registry.removes("b");
    await(poller.update());

    assertThat(assigned()).containsExactly("PORT a PORT.22");
    assertThat(fixture.assigned().namespaces()).containsOnlyKeys("a");
  }

  @Test
  void aNewNamespaceWithoutAnAnswerHasNothingYet() throws Exception {
    AssignmentPoller poller = startedWith("[" + SSH + "]", "[" + WEB + "]");

    registry.fails("c");
    assertThat(failure(poller.update())).hasMessage("node not found");

    assertThat(assigned()).hasSize(2);
    assertThat(fixture.assigned().namespaces()).containsOnlyKeys("a", "b", "c");
  }

  @ParameterizedTest
  @ValueSource(strings = {"..", ".copies", "plugin.disabled", "a b", "a/b", "a|b", "ü"})
  void aNamespaceThatCanBeNoFolderIsLeftOut(String name) throws Exception {
    AssignmentPoller poller = startedWith("[" + SSH + "]", "[" + WEB + "]");

    registry.has(name, "[" + SSH + "]");
    await(poller.update());
    assertThat(fixture.assigned().namespaces()).containsOnlyKeys("a", "b");

    // and where there is no other, the answer is not to be believed
    registry.removes("a");
    registry.removes("b");
    assertThat(failure(poller.update())).hasMessageStartingWith("expected a namespace, found ");
    assertThat(fixture.assigned().namespaces()).containsOnlyKeys("a", "b");
  }

  @Test
  void whatWasKnownIsCollectedAfterARestartWithoutARegistry() throws Exception {
    startedWith("[" + SSH + "]", "[" + WEB + "]");
    Awaitility.await().until(() -> Files.exists(folder.resolve("data/registry/namespaces.json")));
    fixture.close();

    ScriptedRegistry away = new ScriptedRegistry();
    // not even an error comes
    away.hold();
    try (ScheduleFixture restarted = new ScheduleFixture(folder, Map.of())) {
      restarted.poller(away);

      assertThat(restarted.assigned().assignments())
          .containsOnlyKeys("PORT a PORT.22", "PORT b PORT.80");
      assertThat(restarted.assigned().namespaces())
          .containsExactly(Map.entry("a", "id of a"), Map.entry("b", "id of b"));
    }
  }

  @Test
  void aBrokenFileOfOneNamespaceKeepsNoOther() throws Exception {
    Path saved = Files.createDirectories(folder.resolve("data/registry"));
    Files.writeString(saved.resolve("namespaces.json"), "{\"a\":\"1\",\"b\":\"2\"}");
    Files.writeString(saved.resolve("a.items.json"), "[{");
    Files.writeString(saved.resolve("b.items.json"), "[" + WEB + "]");
    registry.failsAltogether("down");

    AssignmentPoller poller = fixture.poller(registry);

    assertThat(failure(poller.update())).hasMessageContaining("down");
    assertThat(assigned()).containsExactly("PORT b PORT.80");
  }

  @Test
  void anUpdateWhileAnAnswerIsAwaitedAsksOnceMore() throws Exception {
    registry.has("a", "[" + SSH + "]");
    registry.hold();
    AssignmentPoller poller = fixture.poller(registry);
    Awaitility.await().until(() -> registry.pulls() == 1);

    Future<Void> first = poller.update();
    Future<Void> second = poller.update();
    registry.has("a", "[" + WEB + "]");
    // its answer comes on the poller's event loop, after the two calls
    registry.release();

    await(first);
    await(second);
    assertThat(assigned()).containsExactly("PORT a PORT.80");
    assertThat(registry.pulls()).isEqualTo(2);
  }

  @Test
  void anUpdateBeforeTheStartFails() {
    AssignmentPoller poller =
        new AssignmentPoller(
            fixture.config,
            registry,
            fixture.scheduler,
            new io.loda.agent.registry.CurrentHost(new HostIdentity("web1", List.of(), "")),
            fixture.policy);

    assertThat(poller.update().cause()).hasMessageContaining("starting");
  }

  @Test
  void aDataFolderThatCanNotBeWrittenKeepsNothingFromBeingCollected() throws Exception {
    Files.createDirectories(folder.resolve("data"));
    Files.writeString(folder.resolve("data/registry"), "in the way");

    AssignmentPoller poller = startedWith("[" + SSH + "]", "[" + WEB + "]");
    fixture.hostname("web2");
    await(poller.update());

    assertThat(assigned()).hasSize(2);
  }

  @Test
  void whatTheMemoryHasNoRoomForLeavesTheLastGoodAnswerInForce() throws Exception {
    MemoryBudget budget = new MemoryBudget(1 << 20);
    MemoryBudget.Share answer = budget.share("registry's answer", 1 << 16);
    MemoryBudget.Share assigned = budget.share("registry", 50_000);
    registry.has("a", "[" + SSH + "]").has("b", "[" + WEB + "]");
    AssignmentPoller poller = fixture.poller(registry, new RegistryMemory(answer, assigned));
    await(poller.update());
    long two = assigned.usedBytes();
    assertThat(two).isBetween(2_000L, 8_000L);

    registry.has("a", ports(100));
    assertThat(failure(poller.update()))
        .hasMessageContaining("expected items that fit into the memory for assignments");
    assertThat(assigned()).containsExactlyInAnyOrder("PORT a PORT.22", "PORT b PORT.80");
    assertThat(assigned.usedBytes()).isEqualTo(two);

    registry.has("a", ports(10));
    await(poller.update());
    assertThat(assigned()).hasSize(11);
    registry.has("a", "[" + SSH + "]");
    await(poller.update());
    assertThat(assigned.usedBytes()).isEqualTo(two);
    registry.removes("a");
    await(poller.update());
    assertThat(assigned.usedBytes()).isEqualTo(two / 2);
    assertThat(answer.usedBytes()).isZero();
  }

  @Test
  void anAnswerThatFitsNeitherDiskNorMemoryLeavesTheLastGoodOneAndSaysBoth() throws Exception {
    MemoryBudget budget = new MemoryBudget(1 << 20);
    MemoryBudget.Share assigned = budget.share("registry", 40_000);
    MemoryBudget.Share answer = budget.share("registry's answer", 1 << 16);
    registry.has("a", "[" + SSH + "]");
    AssignmentPoller poller = fixture.poller(registry, new RegistryMemory(answer, assigned));
    await(poller.update());
    long one = assigned.usedBytes();
    Path inTheWay = folder.resolve("data/registry/.a.items.json.next/full");
    Files.createDirectories(inTheWay);

    registry.has("a", log("x".repeat(20_000)));
    assertThat(failure(poller.update()))
        .hasMessageContaining("save failed: ")
        .hasMessageContaining(".a.items.json.next")
        .hasMessageContaining("expected items that fit into the memory for assignments");

    assertThat(assigned()).containsExactly("PORT a PORT.22");
    assertThat(assigned.usedBytes()).isEqualTo(one);
    Files.delete(inTheWay);
    Files.delete(inTheWay.getParent());
    await(poller.update());
    assertThat(assigned()).containsExactly("LOG a x");
  }

  private static String log(String pattern) {
    return "[{\"measurement_type\":\"LOG\",\"name\":\"x\",\"file_path\":\"/x\",\"pattern\":\"%s\"}]"
        .formatted(pattern);
  }

  private static String ports(int count) {
    return IntStream.range(0, count)
        .mapToObj(i -> port(Integer.toString(1000 + i)))
        .collect(Collectors.joining(",", "[", "]"));
  }
}
