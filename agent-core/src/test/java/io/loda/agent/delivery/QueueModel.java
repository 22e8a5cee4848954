package io.loda.agent.delivery;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** What a queue owes: each message comes until it is done, or its loss is counted. */
final class QueueModel {

  private final Set<Integer> waiting = new HashSet<>();
  private final Set<Integer> underWay = new HashSet<>();
  private final Set<Integer> safe = new HashSet<>();
  private final Set<Integer> mayBeLost = new HashSet<>();
  private final Set<Integer> mayComeAgain = new HashSet<>();
  private final Set<Integer> done = new HashSet<>();
  private long counted;

  void added(int number) {
    waiting.add(number);
  }

  /** Was promised to outlive the process. */
  void stored(Set<Integer> numbers) {
    safe.addAll(numbers);
  }

  Set<Integer> waiting() {
    return Set.copyOf(waiting);
  }

  void taken(int number) {
    assertThat(waiting.contains(number) || mayComeAgain.contains(number)).as("%d", number).isTrue();
    assertThat(underWay.add(number)).as("%d is under way once", number).isTrue();
  }

  void back(int number) {
    underWay.remove(number);
  }

  void done(int number) {
    underWay.remove(number);
    waiting.remove(number);
    mayComeAgain.remove(number);
    done.add(number);
  }

  /** What was done since the last check may come again; what was promised nobody may not come. */
  void killed() {
    underWay.clear();
    mayComeAgain.addAll(done);
    waiting.stream().filter(number -> !safe.contains(number)).forEach(mayBeLost::add);
  }

  /** All that there was has come. */
  void drained(long dropped) {
    long lost = waiting.size();
    waiting.removeAll(mayBeLost);
    long isCounted = dropped - counted;
    assertThat(isCounted).as("at least what was promised").isGreaterThanOrEqualTo(waiting.size());
    if (mayComeAgain.isEmpty() && mayBeLost.isEmpty()) {
      assertThat(isCounted).as("just what is lost").isEqualTo(lost);
    }
    assertThat(underWay).isEmpty();
    counted = dropped;
    List.of(waiting, safe, mayBeLost, mayComeAgain, done).forEach(Set::clear);
  }
}
