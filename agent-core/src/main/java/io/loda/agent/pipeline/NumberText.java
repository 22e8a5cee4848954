package io.loda.agent.pipeline;

import java.math.BigDecimal;
import java.math.BigInteger;

/**
 * Numbers as both formats write them: a whole one without a point ({@code 42}), never {@code 42i}.
 */
final class NumberText {

  private static final double EXACT = 1L << 53;

  private NumberText() {}

  static String of(Number number) {
    if (number instanceof Long
        || number instanceof Integer
        || number instanceof Short
        || number instanceof Byte
        || number instanceof BigInteger
        || number instanceof BigDecimal) {
      return number.toString();
    }
    double value = number.doubleValue();
    if (value == Math.rint(value) && Math.abs(value) < EXACT) {
      return Long.toString((long) value);
    }
    // A float is first written in its own precision: 0.1f is 0.1 and not 0.10000000149011612
    return number instanceof Float ? number.toString() : Double.toString(value);
  }
}
