package io.loda.agent.builtin.kit;

/**
 * Rounds percentages and rates: two decimals, the rest is cut off. The older agent did so, and
 * alarm thresholds rely on it.
 */
public final class TwoDecimals {

  private TwoDecimals() {}

  public static double cut(double value) {
    return (long) (value * 100) / 100.0;
  }

  /** Returns the share of {@code part} in {@code whole}, in percent; 0 if {@code whole} is 0. */
  public static double percent(long part, long whole) {
    return percent((double) part, (double) whole);
  }

  public static double percent(double part, double whole) {
    return whole == 0 ? 0 : cut(part * 100 / whole);
  }
}
