package io.loda.agent.plugins;

import static org.assertj.core.api.Assertions.assertThat;

import io.loda.agent.plugin.Metric;
import io.loda.agent.schedule.Runs;
import io.loda.agent.source.script.result.RefusedItems;
import io.loda.agent.source.script.result.RunResult;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class RunHistoryTest {

  private final RunHistory history = new RunHistory(100, Long.MAX_VALUE);

  @Test
  void hasTheLastTwentyOfEachPluginTheNewestFirst() {
    for (int i = 0; i < 25; i++) {
      history.add("a", run(i, "e"));
    }
    history.add("b", run(99, ""));

    assertThat(history.of("a"))
        .hasSize(20)
        .extracting(run -> run.start().getEpochSecond())
        .startsWith(24L, 23L)
        .endsWith(5L);
    assertThat(history.of("b")).hasSize(1);
    assertThat(history.of("c")).isEmpty();
    assertThat(history.bytes()).as("of those that are left").isEqualTo(20);
  }

  @Test
  void overTheBudgetTheOldestStandardErrorGoesWhosesoeverItIs() {
    history.add("a", run(1, "x".repeat(40)));
    history.add("b", run(2, ""));
    history.add("b", run(3, "y".repeat(40)));
    history.add("c", run(4, "z".repeat(40)));

    RunResult oldest = history.of("a").get(0);
    assertThat(oldest.textsDropped()).isTrue();
    assertThat(oldest).isEqualTo(run(1, "").withTexts("", "", true));
    assertThat(history.of("b")).extracting(RunResult::textsDropped).containsOnly(false);
    assertThat(history.of("b").get(0).stderr()).isEqualTo("y".repeat(40));
    assertThat(history.of("c").get(0).stderr()).isEqualTo("z".repeat(40));
    assertThat(history.bytes()).isEqualTo(80);
  }

  @Test
  void allThatIsRememberedIsBounded() {
    RunHistory bounded = RunHistory.within(60_000);
    for (int i = 0; i < 1_000; i++) {
      bounded.add("plugin" + i, run(i, "x".repeat(1_000)));
      assertThat(bounded.heldBytes()).isLessThanOrEqualTo(60_000);
    }
    assertThat(bounded.of("plugin0")).isEmpty();
    assertThat(bounded.of("plugin999")).hasSize(1);
    bounded.keepOnly(List.of());
    assertThat(bounded.heldBytes()).isZero();
  }

  @Test
  void noMetricsAreRememberedAndOfRefusedItemsOnlyTheFirst() {
    RefusedItems refused = new RefusedItems();
    for (int i = 0; i < 50; i++) {
      refused.count("item " + i + "x".repeat(300));
    }
    RunResult whole = run(1, "").withOutput(List.of(new Metric("a", 1, Map.of(), 1)), refused, 0);

    history.add("a", whole.failed(RunResult.Outcome.EXIT, "d".repeat(2000)));

    RunResult remembered = history.of("a").get(0);
    assertThat(remembered.metrics()).isEmpty();
    assertThat(remembered.points()).isEqualTo(1);
    assertThat(remembered.refused().count()).isEqualTo(50);
    assertThat(remembered.refused().reasons())
        .hasSize(3)
        .allSatisfy(reason -> assertThat(reason).hasSize(201));
    assertThat(remembered.detail()).hasSize(1001);
  }

  @Test
  void aBadOutputIsKeptWithinTheSameBudget() {
    history.add("a", bad(1, "x".repeat(30), "[".repeat(30)));
    assertThat(history.bytes()).isEqualTo(60);
    history.add("b", bad(2, "", "€".repeat(20)));

    RunResult oldest = history.of("a").get(0);
    assertThat(oldest.textsDropped()).isTrue();
    assertThat(oldest).isEqualTo(bad(1, "", "").withTexts("", "", true));
    assertThat(history.of("b").get(0)).isEqualTo(bad(2, "", "€".repeat(20)));
    assertThat(history.bytes()).isEqualTo(60);
  }

  private static RunResult bad(int second, String stderr, String output) {
    return Runs.badOutput(Instant.ofEpochSecond(second), stderr, output);
  }

  @Test
  void countsBytesAndNotCharacters() {
    history.add("a", run(1, "ä€".repeat(20)));

    assertThat(history.bytes()).isEqualTo(100);
    assertThat(history.of("a").get(0).stderr()).isEqualTo("ä€".repeat(20));
  }

  @Test
  void oneThatIsLargerThanTheBudgetIsDroppedAtOnce() {
    history.add("a", run(1, "x".repeat(101)));

    assertThat(history.of("a").get(0).textsDropped()).isTrue();
    assertThat(history.bytes()).isZero();
  }

  @Test
  void forgetsWhatIsNoLongerAssigned() {
    history.add("a", run(1, "x"));
    history.add("b", run(2, "y"));

    history.keepOnly(List.of("b", "c"));

    assertThat(history.of("a")).isEmpty();
    assertThat(history.of("b")).hasSize(1);
    assertThat(history.bytes()).isEqualTo(1);
  }

  private static RunResult run(int second, String stderr) {
    return Runs.ok(Instant.ofEpochSecond(second), stderr);
  }
}
