package io.loda.agent.source.script.result;

import java.util.AbstractList;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/** A reason for each refused item; above a limit only their number is kept. */
public final class RefusedItems extends AbstractList<String> {

  public static final RefusedItems NONE = new RefusedItems(List.of(), 0, true);

  private static final int KEPT = 1000;
  private static final int FIRST = 3;
  private static final int LONGEST = 200;
  private static final String MORE = "and more";

  private final List<String> reasons;
  private final boolean onlyFirst;
  private long count;

  public RefusedItems() {
    this(new ArrayList<>(), 0, false);
  }

  private RefusedItems(List<String> reasons, long count, boolean onlyFirst) {
    this.reasons = reasons;
    this.count = count;
    this.onlyFirst = onlyFirst;
  }

  /**
   * Creates it with the first reasons only.
   *
   * @param count of the items, of which there may be more
   */
  public static RefusedItems first(List<String> reasons, long count) {
    return new RefusedItems(
        reasons.stream()
            .distinct()
            .limit(FIRST)
            .map(reason -> RunResult.cut(reason, LONGEST))
            .toList(),
        count,
        true);
  }

  RefusedItems first() {
    return onlyFirst ? this : first(this, count);
  }

  public void count(String reason) {
    if (reasons.size() < KEPT) {
      reasons.add(reason);
    }
    count++;
  }

  /** Puts one reason for many items in front. */
  public void countFirst(String reason, long many) {
    reasons.add(0, reason);
    count += many;
  }

  /** Returns how many items were refused. */
  public long count() {
    return count;
  }

  /** Returns the kept reasons; a remembered run has only the first three. */
  public List<String> reasons() {
    return reasons;
  }

  @Override
  public String get(int index) {
    Objects.checkIndex(index, size());
    return index < reasons.size() ? reasons.get(index) : MORE;
  }

  @Override
  public int size() {
    return (int) Math.min(Integer.MAX_VALUE, count);
  }
}
