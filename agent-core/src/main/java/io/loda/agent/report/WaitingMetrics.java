package io.loda.agent.report;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What waits to be sent: of a gauge the newest, of a counter the sum, so that hours of an outage
 * take no more than a minute. Names beyond the bound are dropped, and counted. Not thread-safe.
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

  /** How often a metric was dropped as there was no room for another name. */
  long dropped() {
    return dropped;
  }

  /** Takes all that waits, in parts of {@code most} metrics, as JSON lists. */
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
   * A part of what waited.
   *
   * @param json a list of metrics
   * @param size how many metrics it has
   * @param counters the counters in it, to be put back where the server refuses it
   */
  record Part(String json, int size, Map<String, Long> counters) {}

  private static void append(StringBuilder json, String name, String typeAndField, String number) {
    // names are our own, and need no escapes
    json.append(json.length() > 1 ? "," : "")
        .append("{\"id\":\"")
        .append(name)
        .append("\",\"type\":\"")
        .append(typeAndField)
        .append(number)
        .append('}');
  }
}
