package io.loda.agent.builtin.kit;

/**
 * The rounding of every percentage and rate: two decimals, the rest cut off. So the older agent cut
 * them, and alarms are set on what it sent.
 */
public final class TwoDecimals {

  private TwoDecimals() {}

  public static double cut(double value) {
    return (long) (value * 100) / 100.0;
  }

  /** What share {@code part} is of {@code whole}, in percent; 0 of nothing. */
  public static double percent(long part, long whole) {
    return percent((double) part, (double) whole);
  }

  public static double percent(double part, double whole) {
    return whole == 0 ? 0 : cut(part * 100 / whole);
  }
}
