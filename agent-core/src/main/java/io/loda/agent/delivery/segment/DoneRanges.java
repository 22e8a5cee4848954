package io.loda.agent.delivery.segment;

import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The done messages of a spool, as ranges of their numbers. A message that is neither in a range
 * nor in a file is missing. One thread.
 */
public final class DoneRanges {

  /**
   * A range of consecutive messages.
   *
   * @param from the number of the first
   * @param fromPoints the points before it
   * @param to the number behind the last
   * @param toPoints the points before that
   */
  public record Range(long from, long fromPoints, long to, long toPoints) {

    public static Range between(Segment.Position from, Segment.Position to) {
      return new Range(from.sequence(), from.points(), to.sequence(), to.points());
    }
  }

  private final TreeMap<Long, Range> ranges = new TreeMap<>();

  public DoneRanges(Collection<Range> ranges) {
    ranges.forEach(this::add);
  }

  /** Adds a range, which may overlap others. */
  public void add(Range range) {
    if (range.from() >= range.to()) {
      return;
    }
    Range sum = range;
    Map.Entry<Long, Range> before = ranges.floorEntry(range.from());
    if (before != null && before.getValue().to() >= range.from()) {
      sum = join(before.getValue(), sum);
    }
    for (Map.Entry<Long, Range> next = ranges.ceilingEntry(range.from());
        next != null && next.getKey() <= sum.to();
        next = ranges.higherEntry(next.getKey())) {
      sum = join(sum, next.getValue());
    }
    ranges.subMap(sum.from(), true, sum.to(), true).clear();
    ranges.put(sum.from(), sum);
  }

  /** Joins two ranges that touch or overlap. */
  private static Range join(Range first, Range second) {
    Range last = second.to() > first.to() ? second : first;
    return new Range(first.from(), first.fromPoints(), last.to(), last.toPoints());
  }

  /** Returns the range that contains a message; null: none. */
  public @Nullable Range covering(long sequence) {
    Map.Entry<Long, Range> before = ranges.floorEntry(sequence);
    return before == null || before.getValue().to() <= sequence ? null : before.getValue();
  }

  /** Returns the first range that begins behind a message; null: none. */
  public @Nullable Range behind(long sequence) {
    Map.Entry<Long, Range> next = ranges.higherEntry(sequence);
    return next == null ? null : next.getValue();
  }

  /** Returns all ranges, in order. */
  public List<Range> list() {
    return List.copyOf(ranges.values());
  }
}
