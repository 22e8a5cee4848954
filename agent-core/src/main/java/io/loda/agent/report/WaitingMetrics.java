package io.loda.agent.report;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The metrics that wait to be sent: the newest value of each gauge and the sum of each counter, so
 * that hours of outage take no more memory than a minute. Bounded: metrics with further names are
 * dropped and counted. Not thread-safe.
 */
final class WaitingMetrics implements Readings {

  static final int MOST = 10_000;

  private final Map<String, Double> gauges = new LinkedHashMap<>();
  private final Map<String, Long> counters = new LinkedHashMap<>();
  private long dropped;

  @Override
  public void gauge(String name, double value) {
    if (Double.isFinite(value) && hasRoom(gauges, name)) {
      gauges.put(name, value);
    }
  }

  @Override
  public void counter(String name, long delta) {
    if (hasRoom(counters, name)) {
      counters.merge(name, delta, Long::sum);
    }
  }

  private boolean hasRoom(Map<String, ?> metrics, String name) {
    if (metrics.containsKey(name) || size() < MOST) {
      return true;
    }
    dropped++;
    return false;
  }

  int size() {
    return gauges.size() + counters.size();
  }

  /** Returns how many metrics were dropped because of the bound. */
  long dropped() {
    return dropped;
  }

  /**
   * Removes all waiting metrics, and returns them as JSON lists of at most {@code most} metrics.
   */
  List<Part> take(int most) {
    List<Part> parts = new ArrayList<>();
    Iterator<Map.Entry<String, Long>> counted = counters.entrySet().iterator();
    Iterator<Map.Entry<String, Double>> measured = gauges.entrySet().iterator();
    while (counted.hasNext() || measured.hasNext()) {
      Map<String, Long> deltas = new LinkedHashMap<>();
      StringBuilder json = new StringBuilder("[");
      int size = 0;
      for (; size < most && counted.hasNext(); size++) {
        Map.Entry<String, Long> counter = counted.next();
        deltas.put(counter.getKey(), counter.getValue());
        append(json, counter.getKey(), "counter\",\"delta\":", counter.getValue().toString());
      }
      for (; size < most && measured.hasNext(); size++) {
        Map.Entry<String, Double> gauge = measured.next();
        append(json, gauge.getKey(), "gauge\",\"value\":", gauge.getValue().toString());
      }
      parts.add(new Part(json.append(']').toString(), size, deltas));
    }
    gauges.clear();
    counters.clear();
    return parts;
  }

  /**
   * A part of the metrics.
   *
   * @param json a list of metrics
   * @param size the number of metrics
   * @param counters the counters in it, to be counted again if the server refuses it
   */
  record Part(String json, int size, Map<String, Long> counters) {}

  private static void append(StringBuilder json, String name, String typeAndField, String number) {
    // the names are our own, so none needs escapes
    json.append(json.length() > 1 ? "," : "")
        .append("{\"id\":\"")
        .append(name)
        .append("\",\"type\":\"")
        .append(typeAndField)
        .append(number)
        .append('}');
  }
}
