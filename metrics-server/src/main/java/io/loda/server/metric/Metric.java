package io.loda.server.metric;

/**
 * A metric with its number: a change that was sent, or the stored value.
 *
 * @param bits of a gauge its {@link Double#doubleToRawLongBits}; of a counter its delta or sum
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
   * Returns the stored value after this change: of a counter the sum, of a gauge the new value.
   *
   * @param before the stored value before this change
   * @throws BadMetric when the sum doesn't fit into 64 bits
   */
  public Metric after(Metric before) {
    if (id.kind() == Kind.GAUGE) {
      return this;
    }
    long sum = before.bits + bits;
    // an overflow: the sum has another sign than both summands
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

  /** Returns the number as text, in its shortest form. */
  public String number() {
    return id.kind() == Kind.GAUGE
        ? Numbers.text(Double.longBitsToDouble(bits))
        : Long.toString(bits);
  }
}
