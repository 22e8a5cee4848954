package io.loda.agent.delivery.segment;

import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Which messages of a spool nobody waits for any more, as ranges of their numbers. What is neither
 * in one nor in a file is missing. One thread.
 */
public final class DoneRanges {

  /**
   * Messages in a row.
   *
   * @param from the sequence of the first
   * @param fromPoints the points before it
   * @param to the sequence behind the last
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

  /** Adds messages, some of which may be there. */
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

  /** Of two that touch or overlap, the first one first. */
  private static Range join(Range first, Range second) {
    Range last = second.to() > first.to() ? second : first;
    return new Range(first.from(), first.fromPoints(), last.to(), last.toPoints());
  }

  /** The one that a message is in; null: none. */
  public @Nullable Range covering(long sequence) {
    Map.Entry<Long, Range> before = ranges.floorEntry(sequence);
    return before == null || before.getValue().to() <= sequence ? null : before.getValue();
  }

  /** The next one that begins behind a message; null: none. */
  public @Nullable Range behind(long sequence) {
    Map.Entry<Long, Range> next = ranges.higherEntry(sequence);
    return next == null ? null : next.getValue();
  }

  /** All of them, in their order. */
  public List<Range> list() {
    return List.copyOf(ranges.values());
  }
}
