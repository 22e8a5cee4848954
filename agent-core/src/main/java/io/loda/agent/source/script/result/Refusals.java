package io.loda.agent.source.script.result;

import java.util.AbstractList;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/** A line for each refused item; beyond a bound only their number is kept. */
public final class Refusals extends AbstractList<String> {

  private static final int KEPT = 1000;
  private static final String MORE = "and more";

  private final List<String> reasons = new ArrayList<>();
  private int size;

  /** Adds one. */
  public void count(String reason) {
    if (reasons.size() < KEPT) {
      reasons.add(reason);
    }
    size++;
  }

  /** Puts one line for many items in front. */
  public void countFirst(String reason, long many) {
    reasons.add(0, reason);
    size += (int) many;
  }

  @Override
  public String get(int index) {
    Objects.checkIndex(index, size);
    return index < reasons.size() ? reasons.get(index) : MORE;
  }

  @Override
  public int size() {
    return size;
  }
}
