package io.loda.agent.source;

import io.loda.agent.plugin.Metric;
import io.loda.agent.plugin.MetricPlugin;
import io.loda.agent.plugin.Sampler;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;

/** Found on the class path: gives what it was opened with, as tags. */
public final class EchoPlugin implements MetricPlugin {

  static final AtomicInteger CLOSED = new AtomicInteger();

  @Override
  public String name() {
    return "test-echo";
  }

  @Override
  @SuppressWarnings("NullAway") // a plugin needn't know what it may not do
  public Sampler open(Map<String, String> parameters) {
    String fails = parameters.getOrDefault("fails", "");
    if (fails.equals("open")) {
      throw new IllegalArgumentException("fails: expected no, found open");
    }
    if (fails.equals("number")) {
      Integer.parseInt("seven");
    }
    if (fails.equals("open-null")) {
      return null;
    }
    return new Sampler() {
      @Override
      @SuppressWarnings("NullAway") // a plugin needn't know what it may not do
      public List<Metric> collect() throws Exception {
        switch (fails) {
          case "exception" -> throw new java.io.IOException("no such device");
          case "error" -> throw new NoClassDefFoundError("com/example/Gone");
          case "bug" -> throw new ArrayIndexOutOfBoundsException(7);
          case "null" -> {
            return null;
          }
          case "null-item" -> {
            return java.util.Arrays.asList(Metric.of("echo", 1), null);
          }
          case "many" -> {
            return IntStream.range(0, 30)
                .mapToObj(i -> new Metric("echo", 0, Map.of("id", Integer.toString(i)), i))
                .toList();
          }
          default -> {
            return List.of(new Metric("echo", 0, parameters, Thread.currentThread().getName()));
          }
        }
      }

      @Override
      public void close() {
        CLOSED.incrementAndGet();
      }
    };
  }
}
