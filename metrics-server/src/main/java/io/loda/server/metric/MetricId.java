package io.loda.server.metric;

import java.nio.charset.StandardCharsets;
import java.util.Comparator;

/**
 * Which metric: the same name may be that of a gauge and of a counter.
 *
 * @param name 1–256 bytes of UTF-8 without control characters, and not blank
 */
public record MetricId(Kind kind, String name) implements Comparable<MetricId> {

  private static final int MAX_BYTES = 256;

  private static final Comparator<MetricId> ORDER =
      Comparator.comparing(MetricId::name, MetricId::byCodePoint).thenComparing(MetricId::kind);

  /**
   * @throws BadMetric when the name is none
   */
  public MetricId {
    if (name.isBlank()) {
      throw new BadMetric("expected a name, found " + (name.isEmpty() ? "nothing" : "blanks"));
    }
    if (name.length() > MAX_BYTES || name.getBytes(StandardCharsets.UTF_8).length > MAX_BYTES) {
      throw new BadMetric("expected a name of at most " + MAX_BYTES + " bytes, found a longer one");
    }
    if (!isText(name)) {
      throw new BadMetric(
          "expected a name without control characters, found \"" + escaped(name) + '"');
    }
  }

  /** Whether UTF-8 can say it, and a terminal and a database take it. */
  private static boolean isText(String name) {
    return name.codePoints()
        .noneMatch(
            c ->
                Character.isISOControl(c)
                    || (c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE));
  }

  private static String escaped(String name) {
    StringBuilder text = new StringBuilder();
    name.chars()
        .forEach(
            c -> {
              if (Character.isISOControl(c) || Character.isSurrogate((char) c)) {
                text.append(String.format("\\u%04x", c));
              } else {
                text.append((char) c);
              }
            });
    return text.toString();
  }

  /** As UTF-8 and so each database sorts; a Java string puts 𝄞 before ～. */
  private static int byCodePoint(String a, String b) {
    int end = Math.min(a.length(), b.length());
    for (int i = 0; i < end; i++) {
      char x = a.charAt(i);
      char y = b.charAt(i);
      if (x != y) {
        // one half of a character beyond 16 bits is more than any other
        return Character.isSurrogate(x) == Character.isSurrogate(y)
            ? Character.compare(x, y)
            : Boolean.compare(Character.isSurrogate(x), Character.isSurrogate(y));
      }
    }
    return Integer.compare(a.length(), b.length());
  }

  /** By name, code point by code point; a gauge before the counter of its name. */
  @Override
  public int compareTo(MetricId other) {
    return ORDER.compare(this, other);
  }
}
