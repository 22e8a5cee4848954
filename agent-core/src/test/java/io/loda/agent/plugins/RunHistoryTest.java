package io.loda.agent.plugins;

import static org.assertj.core.api.Assertions.assertThat;

import io.loda.agent.schedule.Runs;
import io.loda.agent.source.PluginRun;
import java.time.Instant;
import java.util.List;
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
        .extracting(remembered -> remembered.run().start().getEpochSecond())
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

    RememberedRun oldest = history.of("a").get(0);
    assertThat(oldest.stderrDropped()).isTrue();
    assertThat(oldest.run()).isEqualTo(run(1, ""));
    assertThat(history.of("b")).extracting(RememberedRun::stderrDropped).containsOnly(false);
    assertThat(history.of("b").get(0).run().stderr()).isEqualTo("y".repeat(40));
    assertThat(history.of("c").get(0).run().stderr()).isEqualTo("z".repeat(40));
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
  void aBadOutputIsKeptWithinTheSameBudget() {
    history.add("a", bad(1, "x".repeat(30), "[".repeat(30)));
    assertThat(history.bytes()).isEqualTo(60);
    history.add("b", bad(2, "", "€".repeat(20)));

    RememberedRun oldest = history.of("a").get(0);
    assertThat(oldest.stderrDropped()).isTrue();
    assertThat(oldest.run()).isEqualTo(bad(1, "", ""));
    assertThat(history.of("b").get(0))
        .isEqualTo(new RememberedRun(bad(2, "", "€".repeat(20)), false));
    assertThat(history.bytes()).isEqualTo(60);
  }

  private static PluginRun bad(int second, String stderr, String output) {
    return Runs.badOutput(Instant.ofEpochSecond(second), stderr, output);
  }

  @Test
  void countsBytesAndNotCharacters() {
    history.add("a", run(1, "ä€".repeat(20)));

    assertThat(history.bytes()).isEqualTo(100);
    assertThat(history.of("a").get(0).run().stderr()).isEqualTo("ä€".repeat(20));
  }

  @Test
  void oneThatIsLargerThanTheBudgetIsDroppedAtOnce() {
    history.add("a", run(1, "x".repeat(101)));

    assertThat(history.of("a").get(0).stderrDropped()).isTrue();
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

  private static PluginRun run(int second, String stderr) {
    return Runs.ok(Instant.ofEpochSecond(second), stderr);
  }
}
