package io.loda.agent.delivery;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** What a queue owes: each message comes until it is done, or is counted; a promised one comes. */
public final class QueueModel {

  private final Set<Integer> waiting = new HashSet<>();
  private final Set<Integer> underWay = new HashSet<>();
  private final Set<Integer> safe = new HashSet<>();
  private final Set<Integer> mayBeLost = new HashSet<>();
  private final Set<Integer> mayComeAgain = new HashSet<>();
  private final Set<Integer> done = new HashSet<>();
  private final Set<Integer> dropped = new HashSet<>();
  private final Set<Integer> promised = new HashSet<>();
  private final Set<Integer> broken = new HashSet<>();
  private long drops;
  private long countedBefore;

  public void added(int number) {
    waiting.add(number);
  }

  /** There was room for it, and whoever brought it was told that it was taken. */
  public void promised(int number) {
    promised.add(number);
  }

  /** Was promised to outlive the process. */
  public void stored(Set<Integer> numbers) {
    safe.addAll(numbers);
  }

  public Set<Integer> waiting() {
    return Set.copyOf(waiting);
  }

  /** Was said to be given up. */
  public void dropped(int number) {
    dropped.add(number);
    drops++;
    if (promised.contains(number)) {
      broken.add(number);
    }
  }

  public void taken(int number) {
    boolean waits = waiting.contains(number) && !dropped.contains(number);
    assertThat(waits || mayComeAgain.contains(number)).as("%d waits", number).isTrue();
    assertThat(underWay.add(number)).as("%d is under way once", number).isTrue();
  }

  public void back(int number) {
    underWay.remove(number);
  }

  public void done(int number) {
    underWay.remove(number);
    waiting.remove(number);
    mayComeAgain.remove(number);
    done.add(number);
  }

  /** What was done since the last check may come again; what was promised nobody may not come. */
  public void killed() {
    underWay.clear();
    mayComeAgain.addAll(done);
    mayComeAgain.addAll(dropped);
    waiting.stream().filter(number -> !safe.contains(number)).forEach(mayBeLost::add);
  }

  /** All that there was has come, or is counted. */
  public void drained(long countedInAll) {
    long unnamed = countedInAll - countedBefore - drops;
    boolean calm = mayComeAgain.isEmpty() && mayBeLost.isEmpty();
    assertThat(!calm || (waiting.containsAll(dropped) && drops == dropped.size()))
        .as("counted once, and not sent")
        .isTrue();
    waiting.removeAll(dropped);
    waiting.removeAll(mayBeLost);
    assertThat(waiting)
        .as("lost, with %d counted", unnamed)
        .hasSizeLessThanOrEqualTo((int) unnamed);
    assertThat(!calm || waiting.size() == unnamed).as("counted and not lost").isTrue();
    assertThat(underWay).isEmpty();
    assertThat(broken).as("promised, and dropped").isEmpty();
    countedBefore = countedInAll;
    drops = 0;
    List.of(waiting, safe, mayBeLost, mayComeAgain, done, dropped, promised).forEach(Set::clear);
  }
}
