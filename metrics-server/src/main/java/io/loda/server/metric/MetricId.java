package io.loda.server.metric;

import java.nio.charset.StandardCharsets;
import java.util.Comparator;

/**
 * The identity of a metric. A gauge and a counter may have the same name.
 *
 * @param name 1–256 bytes of UTF-8 without control characters, and not blank
 */
public record MetricId(Kind kind, String name) implements Comparable<MetricId> {

  private static final int MAX_BYTES = 256;

  private static final Comparator<MetricId> ORDER =
      Comparator.comparing(MetricId::name, MetricId::byCodePoint).thenComparing(MetricId::kind);

  /**
   * @throws BadMetric when the name is invalid
   */
  public MetricId {
    if (name.codePoints().allMatch(c -> Character.isWhitespace(c) || Character.isSpaceChar(c))) {
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

  /** Returns whether UTF-8 can encode the name, and terminals and databases accept it. */
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

  /** Compares by code point, as databases sort UTF-8. String.compareTo would put 𝄞 before ～. */
  private static int byCodePoint(String a, String b) {
    int end = Math.min(a.length(), b.length());
    for (int i = 0; i < end; i++) {
      char x = a.charAt(i);
      char y = b.charAt(i);
      if (x != y) {
        // a surrogate stands for a code point beyond 16 bits, so it is larger than any other char
        return Character.isSurrogate(x) == Character.isSurrogate(y)
            ? Character.compare(x, y)
            : Boolean.compare(Character.isSurrogate(x), Character.isSurrogate(y));
      }
    }
    return Integer.compare(a.length(), b.length());
  }

  /** Orders by name, by code point; a gauge comes before the counter with its name. */
  @Override
  public int compareTo(MetricId other) {
    return ORDER.compare(this, other);
  }
}
