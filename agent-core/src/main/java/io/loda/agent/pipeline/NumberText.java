package io.loda.agent.pipeline;

import io.loda.agent.point.EncodedPoints;

/**
 * Writes numbers for both formats: whole ones without a decimal point ({@code 42}, never {@code
 * 42i}), others with the fewest digits that identify them.
 */
final class NumberText {

  private static final double EXACT = 1L << 53;

  /** Below this, a few decimals identify a double. */
  private static final double MANY = 1e9;

  private static final long[] POWERS = {1, 10, 100, 1_000, 10_000, 100_000, 1_000_000};

  private NumberText() {}

  static void put(EncodedPoints out, double value) {
    double magnitude = Math.abs(value);
    if (magnitude < EXACT && value == Math.rint(value)) {
      out.putLong((long) value);
    } else if (magnitude >= MANY || !putDecimals(out, value, magnitude)) {
      out.putAscii(Double.toString(value));
    }
  }

  /**
   * Writes a number with few decimals, as most measurements have, quickly; returns whether it
   * could.
   */
  private static boolean putDecimals(EncodedPoints out, double value, double magnitude) {
    for (int decimals = 1; decimals < POWERS.length; decimals++) {
      long power = POWERS[decimals];
      long scaled = Math.round(magnitude * power);
      // both are exact, so the quotient is the double nearest to these decimals
      if ((double) scaled / power == magnitude) {
        if (value < 0) {
          out.put((byte) '-');
        }
        out.putLong(scaled / power);
        out.put((byte) '.');
        for (long rest = scaled % power, digit = power / 10; digit > 0; digit /= 10) {
          out.put((byte) ('0' + rest / digit % 10));
        }
        return true;
      }
    }
    return false;
  }
}
