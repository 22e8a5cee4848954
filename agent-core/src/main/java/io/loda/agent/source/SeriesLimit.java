package io.loda.agent.source;

import io.loda.agent.plugin.Metric;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;

/**
 * Limits the number of series (a measurement with its tags) of a plugin in an interval. Keeps
 * 64-bit hashes and no text: with 10,000 series of 10 tags at most about 3 MB. One thread.
 */
public final class SeriesLimit {

  /** Values are counted for at most this many tags. */
  private static final int COUNTED_TAGS = 32;

  private final int most;
  private final LongSet series = new LongSet();
  private final Map<String, LongSet> values = new HashMap<>();
  private long refused;

  public SeriesLimit(int most) {
    this.most = most;
  }

  /** Returns whether a metric's series is known, or is within the limit. */
  public boolean takes(Metric metric) {
    long hash = hash(metric.name());
    for (Map.Entry<String, String> tag : metric.tags().entrySet()) {
      // a sum, as the order of tags doesn't matter
      hash += mixed(hash(tag.getKey()) * 31 + hash(tag.getValue()));
    }
    hash = mixed(hash);
    if (series.contains(hash)) {
      return true;
    }
    if (series.size() >= most) {
      refused++;
      return false;
    }
    series.add(hash);
    metric.tags().forEach(this::count);
    return true;
  }

  private void count(String tag, String value) {
    LongSet counted = values.get(tag);
    if (counted == null && values.size() < COUNTED_TAGS) {
      counted = new LongSet();
      values.put(tag, counted);
    }
    if (counted != null) {
      counted.add(mixed(hash(value)));
    }
  }

  /** Returns how many metrics were refused. */
  public long refused() {
    return refused;
  }

  /** Returns a message about the refusal, with the tag that has most values. */
  public String refusal() {
    String text =
        String.format(
            Locale.ROOT,
            "%,d of other series than the first %,d in an interval (plugins.max-series)",
            refused,
            most);
    return values.entrySet().stream()
        .max(Map.Entry.comparingByValue((a, b) -> Integer.compare(a.size(), b.size())))
        .map(
            tag ->
                text
                    + String.format(
                        Locale.ROOT,
                        "; tag `%s` has %,d values",
                        tag.getKey().replaceAll("\\p{Cntrl}", "?"),
                        tag.getValue().size()))
        .orElse(text);
  }

  /** Begins the next interval. */
  public void reset() {
    series.clear();
    values.clear();
    refused = 0;
  }

  private static long hash(String text) {
    long hash = 0xcbf29ce484222325L;
    for (int i = 0; i < text.length(); i++) {
      hash = (hash ^ text.charAt(i)) * 0x100000001b3L;
    }
    return hash;
  }

  /** Mixes the bits: each depends on all bits of the number. */
  private static long mixed(long number) {
    long mixed = (number ^ (number >>> 30)) * 0xbf58476d1ce4e5b9L;
    mixed = (mixed ^ (mixed >>> 27)) * 0x94d049bb133111ebL;
    return mixed ^ (mixed >>> 31);
  }
}
