package io.loda.common.metric;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.math.BigInteger;

/**
 * A number of the line protocol: {@code 1.5e-3}, {@code 42}, {@code 42i}, {@code 42u}. Most are
 * read without making a string.
 */
final class LineProtocolNumber {

  /** Up to this number a double represents each long exactly. */
  private static final long EXACT = 1L << 53;

  /** Below this number another digit fits a long. */
  private static final long ROOM_FOR_A_DIGIT = 100_000_000_000_000_000L;

  /** The powers of ten that a double represents exactly. */
  private static final double[] POWERS = {
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16,
    1e17, 1e18, 1e19, 1e20, 1e21, 1e22
  };

  private static final int LARGEST_EXPONENT = 10_000;
  private static final int DIGITS_OF_A_LONG = 19;

  private LineProtocolNumber() {}

  /**
   * Parses a part of an array.
   *
   * @throws BadText when it isn't a number
   */
  static Number read(byte[] text, int from, int to) throws BadText {
    int at = from;
    boolean negative = at < to && text[at] == '-';
    if (negative) {
      at++;
    }
    int firstDigit = at;
    long digits = 0;
    boolean all = true;
    int scale = 0;
    int count = 0;
    boolean point = false;
    for (; at < to && (isDigit(text[at]) || (text[at] == '.' && !point)); at++) {
      if (text[at] == '.') {
        point = true;
        continue;
      }
      count++;
      if (digits < ROOM_FOR_A_DIGIT) {
        digits = digits * 10 + (text[at] - '0');
        scale += point ? 1 : 0;
      } else {
        all = false;
      }
    }
    if (count == 0) {
      throw expected(text, from, to);
    }
    if (at + 1 == to && !point && (text[at] == 'i' || text[at] == 'u')) {
      return whole(text, from, at, text[at] == 'u', negative, all, digits);
    }
    int exponent = 0;
    if (at < to && (text[at] == 'e' || text[at] == 'E')) {
      at++;
      boolean down = at < to && text[at] == '-';
      if (down || (at < to && text[at] == '+')) {
        at++;
      }
      int start = at;
      for (; at < to && isDigit(text[at]); at++) {
        exponent = Math.min(exponent * 10 + (text[at] - '0'), LARGEST_EXPONENT);
      }
      if (at == start) {
        throw expected(text, from, to);
      }
      exponent = down ? -exponent : exponent;
    }
    if (at != to || firstDigit == to) {
      throw expected(text, from, to);
    }
    return real(text, from, to, negative, all, digits, exponent - scale);
  }

  /**
   * Parses a timestamp from a part of an array.
   *
   * @throws BadText when it isn't a whole number of 64 bits: later times don't exist in the
   *     protocol, as nanoseconds end in the year 2262
   */
  static long timestamp(byte[] text, int from, int to) throws BadText {
    boolean negative = text[from] == '-';
    int first = negative ? from + 1 : from;
    boolean number = to > first;
    long value = 0;
    for (int i = first; i < to && number; i++) {
      number = isDigit(text[i]);
      value = value * 10 + (text[i] - '0');
    }
    if (!number) {
      throw new BadText(
          from, "expected a timestamp as a whole number, found " + BadText.shown(text, from, to));
    }
    if (to - first < DIGITS_OF_A_LONG) {
      return negative ? -value : value;
    }
    try {
      return Long.parseLong(ascii(text, from, to));
    } catch (NumberFormatException e) {
      throw new BadText(
          from, "expected a timestamp that fits 64 bits, found " + BadText.shown(text, from, to));
    }
  }

  private static Number whole(
      byte[] text, int from, int to, boolean unsigned, boolean negative, boolean all, long digits)
      throws BadText {
    if (unsigned && negative) {
      throw expected(text, from, to + 1);
    }
    if (all) {
      return negative ? -digits : digits;
    }
    try {
      String number = ascii(text, from, to);
      if (!unsigned) {
        return Long.parseLong(number);
      }
      long bits = Long.parseUnsignedLong(number);
      return bits >= 0 ? (Number) bits : new BigInteger(number);
    } catch (NumberFormatException e) {
      throw new BadText(
          from, "expected a number that fits 64 bits, found " + BadText.shown(text, from, to + 1));
    }
  }

  private static Double real(
      byte[] text, int from, int to, boolean negative, boolean all, long digits, int exponent)
      throws BadText {
    // both are exact, so one operation rounds correctly
    if (all && digits <= EXACT && Math.abs(exponent) < POWERS.length) {
      double value = exponent < 0 ? digits / POWERS[-exponent] : digits * POWERS[exponent];
      return negative ? -value : value;
    }
    double value = Double.parseDouble(ascii(text, from, to));
    if (!Double.isFinite(value)) {
      throw new BadText(
          from, "expected a number that fits 64 bits, found " + BadText.shown(text, from, to));
    }
    return value;
  }

  private static BadText expected(byte[] text, int from, int to) {
    return new BadText(from, "expected a number, found " + BadText.shown(text, from, to));
  }

  private static String ascii(byte[] text, int from, int to) {
    return new String(text, from, to - from, ISO_8859_1);
  }

  private static boolean isDigit(byte b) {
    return b >= '0' && b <= '9';
  }
}
