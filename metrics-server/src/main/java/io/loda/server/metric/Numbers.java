package io.loda.server.metric;

import com.fasterxml.jackson.core.io.NumberOutput;
import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import java.util.regex.Pattern;

/**
 * Reads numbers as in JSON, and writes them as JavaScript does (ECMA-262, Number::toString), with
 * one difference: −0 stays {@code -0}. A number with few decimals is written as it was sent, and
 * reading a written number gives the same 64 bits.
 */
public final class Numbers {

  private static final Pattern WHOLE = Pattern.compile("-?(0|[1-9][0-9]*)");
  private static final Pattern NUMBER =
      Pattern.compile("-?(0|[1-9][0-9]*)(\\.[0-9]+)?([eE][-+]?[0-9]+)?");

  /** The longest number that is read. At most 767 digits of a decimal can change its double. */
  static final int MAX_LENGTH = 10_000;

  /** The first power of ten that JavaScript writes with an exponent. */
  private static final int LARGE = 21;

  private static final int SMALL = -6;

  private static final int LONGEST_SHOWN = 40;

  private Numbers() {}

  /**
   * Parses a number into {@link Metric#bits}.
   *
   * @throws BadMetric when the text isn't a valid number of this kind, or doesn't fit into 64 bits
   */
  public static long bits(Kind kind, String text) {
    return kind == Kind.GAUGE ? Double.doubleToRawLongBits(gauge(text)) : counter(text);
  }

  private static double gauge(String text) {
    if (text.length() <= MAX_LENGTH && NUMBER.matcher(text).matches()) {
      double value = Double.parseDouble(text);
      if (Double.isFinite(value)) {
        return value;
      }
    }
    throw new BadMetric("value: expected a finite number as JSON has it, found " + shown(text));
  }

  private static long counter(String text) {
    if (text.length() <= MAX_LENGTH && WHOLE.matcher(text).matches()) {
      try {
        return Long.parseLong(text);
      } catch (NumberFormatException e) {
        // said below
      }
    }
    throw new BadMetric("delta: expected a whole number of 64 bits, found " + shown(text));
  }

  /** Quotes a text for an error message, shortened. */
  static String shown(String text) {
    return text.isEmpty()
        ? "nothing"
        : '"'
            + (text.length() > LONGEST_SHOWN ? text.substring(0, LONGEST_SHOWN) + "…" : text)
            + '"';
  }

  /**
   * Returns the decimal with the fewest digits that reads back as this value; of several the
   * nearest.
   */
  private static BigDecimal shortest(double value) {
    // Double.toString has more digits than needed before Java 19
    BigDecimal two = new BigDecimal(NumberOutput.toString(value, true)).stripTrailingZeros();
    if (two.precision() == 2) {
      // Java never takes fewer than two: 4.9E-324, where 5e-324 is read the same
      BigDecimal one = two.round(new MathContext(1, RoundingMode.HALF_UP)).stripTrailingZeros();
      return one.doubleValue() == value ? one : two;
    }
    return two;
  }

  /** Returns a finite number's shortest text. */
  public static String text(double value) {
    if (value == 0) {
      return 1 / value < 0 ? "-0" : "0";
    }
    BigDecimal shortest = shortest(Math.abs(value));
    String digits = shortest.unscaledValue().toString();
    int point = digits.length() - shortest.scale();
    StringBuilder text = new StringBuilder();
    if (value < 0) {
      text.append('-');
    }
    if (point > LARGE || point <= SMALL) {
      text.append(digits.charAt(0));
      if (digits.length() > 1) {
        text.append('.').append(digits, 1, digits.length());
      }
      return text.append(point > 0 ? "e+" : "e-").append(Math.abs(point - 1)).toString();
    }
    if (point >= digits.length()) {
      return text.append(digits).append("0".repeat(point - digits.length())).toString();
    }
    if (point > 0) {
      return text.append(digits, 0, point)
          .append('.')
          .append(digits, point, digits.length())
          .toString();
    }
    return text.append("0.").append("0".repeat(-point)).append(digits).toString();
  }
}
