package io.loda.common.telemetry;

import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;

/**
 * The program's own counters by name: {@code points.accepted}, {@code points.refused.value}… Never
 * reset, so that two readings give a rate. Any thread.
 */
public final class Counters {

  private final Map<String, LongAdder> values = new ConcurrentHashMap<>();

  public void add(String name) {
    add(name, 1);
  }

  public void add(String name, long n) {
    values.computeIfAbsent(name, unused -> new LongAdder()).add(n);
  }

  /** Returns a counter's value; 0 if it never counted. */
  public long get(String name) {
    LongAdder value = values.get(name);
    return value == null ? 0 : value.sum();
  }

  /** Returns all counters, sorted by name. */
  public Map<String, Long> snapshot() {
    Map<String, Long> snapshot = new TreeMap<>();
    values.forEach((name, value) -> snapshot.put(name, value.sum()));
    return snapshot;
  }
}
