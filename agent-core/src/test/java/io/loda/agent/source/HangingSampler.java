package io.loda.agent.source;

import io.loda.agent.plugin.Metric;
import io.loda.agent.plugin.MetricPlugin;
import io.loda.agent.plugin.Sampler;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Found on the class path: hangs where it is told to, {@code open}, {@code collect} or {@code
 * close}, until it is let go; {@code stubborn} says whether it swallows interrupts.
 */
public final class HangingSampler implements MetricPlugin {

  static final Set<Thread> STUCK = ConcurrentHashMap.newKeySet();
  static final AtomicInteger COLLECTS = new AtomicInteger();
  static final AtomicInteger CLOSES = new AtomicInteger();
  private static volatile CountDownLatch gate = new CountDownLatch(1);

  /** Shuts the gate that the next ones hang at. */
  public static void shut() {
    gate = new CountDownLatch(1);
    COLLECTS.set(0);
    CLOSES.set(0);
  }

  public static void letGo() {
    gate.countDown();
  }

  @Override
  public String name() {
    return "test-hanging";
  }

  @Override
  public Sampler open(Map<String, String> parameters) {
    String at = parameters.getOrDefault("at", "collect");
    boolean stubborn = Boolean.parseBoolean(parameters.get("stubborn"));
    if (at.equals("open")) {
      hang(stubborn);
    }
    return new Sampler() {
      @Override
      public List<Metric> collect() {
        COLLECTS.incrementAndGet();
        if (at.equals("collect")) {
          hang(stubborn);
        }
        if (at.equals("recursion")) {
          return collect();
        }
        return List.of(Metric.of("quick", 1));
      }

      @Override
      public void close() {
        CLOSES.incrementAndGet();
        if (at.equals("close")) {
          hang(stubborn);
        }
      }
    };
  }

  private static void hang(boolean stubborn) {
    CountDownLatch mine = gate;
    STUCK.add(Thread.currentThread());
    try {
      while (mine.getCount() > 0) {
        try {
          mine.await();
        } catch (InterruptedException e) {
          if (!stubborn) {
            throw new IllegalStateException("interrupted", e);
          }
        }
      }
    } finally {
      STUCK.remove(Thread.currentThread());
    }
  }
}
