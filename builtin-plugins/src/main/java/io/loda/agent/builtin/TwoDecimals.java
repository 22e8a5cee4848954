package io.loda.agent.builtin;

/** The rounding of every percentage and rate: two decimals, the rest cut off. */
final class TwoDecimals {

  private TwoDecimals() {}

  static double cut(double value) {
    return (long) (value * 100) / 100.0;
  }

  /** What share {@code part} is of {@code whole}, in percent; 0 of nothing. */
  static double percent(long part, long whole) {
    return percent((double) part, (double) whole);
  }

  static double percent(double part, double whole) {
    return whole == 0 ? 0 : cut(part * 100 / whole);
  }
}
