package io.loda.server.metric;

/**
 * A metric with a number: what one sent, or what is stored now.
 *
 * @param bits a gauge's as of {@link Double#doubleToRawLongBits}; a counter's number
 */
public record Metric(MetricId id, long bits) {

  /** Returns a gauge of a finite value. */
  public static Metric gauge(String name, double value) {
    return new Metric(new MetricId(Kind.GAUGE, name), Double.doubleToRawLongBits(value));
  }

  public static Metric counter(String name, long delta) {
    return new Metric(new MetricId(Kind.COUNTER, name), delta);
  }

  /**
   * Returns what is stored after this one came: a counter's sum, a gauge as it came.
   *
   * @param before what was stored
   * @throws BadMetric when the sum has more than 64 bits
   */
  public Metric after(Metric before) {
    if (id.kind() == Kind.GAUGE) {
      return this;
    }
    long sum = before.bits + bits;
    // both have the sign that the sum hasn't
    if (((before.bits ^ sum) & (bits ^ sum)) < 0) {
      throw new BadMetric(
          "counter \""
              + id.name()
              + "\": expected a sum of 64 bits, found "
              + before.bits
              + " + "
              + bits);
    }
    return new Metric(id, sum);
  }

  /** The number as text, in its shortest form. */
  public String number() {
    return id.kind() == Kind.GAUGE
        ? Numbers.text(Double.longBitsToDouble(bits))
        : Long.toString(bits);
  }
}
