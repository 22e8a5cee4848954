package io.loda.common.telemetry;

import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BiConsumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Counts what is dropped, by reason, and logs it without a flood: the first time at once, then the
 * total at most once in five minutes. Any thread.
 */
public final class Discards {

  private static final Logger LOG = LoggerFactory.getLogger(Discards.class);
  private static final Duration QUIET = Duration.ofMinutes(5);

  private static final int MAX_TOPICS = 1_000;
  private static final int MAX_SOURCES = 10_000;

  private final Counters counters;
  private final LongSupplier nanoTime;
  private final @Nullable BiConsumer<String, String> listener;
  private final Map<String, Long> lastSaid = new ConcurrentHashMap<>();
  private final Set<String> topics = ConcurrentHashMap.newKeySet();
  private final Set<String> sources = ConcurrentHashMap.newKeySet();

  /**
   * Logs the discards.
   *
   * @param nanoTime {@link System#nanoTime}, or a test's
   */
  public Discards(Counters counters, LongSupplier nanoTime) {
    this.counters = counters;
    this.nanoTime = nanoTime;
    this.listener = null;
  }

  /**
   * Passes each discard to a listener at once, and logs none.
   *
   * @param listener gets reason and detail, in the discarding thread
   */
  public Discards(Counters counters, BiConsumer<String, String> listener) {
    this.counters = counters;
    this.nanoTime = () -> 0;
    this.listener = listener;
  }

  /**
   * Counts n metrics or points under {@code points.discarded.<reason>}.
   *
   * @param reason a short constant word
   * @param detail for the log: from where, what exactly, and what to do; as in {@code output q:
   *     delivery.disk is full}
   */
  public void count(String reason, long n, String detail) {
    count(reason, n, detail, false);
  }

  /**
   * Counts n metrics of one of many sources. Logs the first discard of each source at once, so that
   * it isn't hidden by another source's.
   */
  public void countOf(String source, String reason, long n, String detail) {
    boolean first = sources.size() < MAX_SOURCES && sources.add(reason + ' ' + source);
    count(reason, n, detail, first);
  }

  private void count(String reason, long n, String detail, boolean say) {
    String name = "points.discarded." + reason;
    counters.add(name, n);
    if (listener != null) {
      listener.accept(reason, detail);
      return;
    }
    long now = nanoTime.getAsLong();
    Long before = lastSaid.get(reason);
    boolean due =
        before == null ? lastSaid.putIfAbsent(reason, now) == null : due(reason, before, now);
    if (due || say) {
      LOG.warn("{}; {} dropped so far ({})", detail, counters.get(name), reason);
    }
  }

  /**
   * Counts n points of one topic, also under {@code points.discarded.<reason>.<topic>}: only for
   * the first {@link #MAX_TOPICS} topics, as anyone may post to any topic.
   */
  public void count(String reason, String topic, long n, String detail) {
    count(reason, n, detail + " (topic " + topic + ")");
    if (topics.size() < MAX_TOPICS || topics.contains(topic)) {
      topics.add(topic);
      counters.add("points.discarded." + reason + "." + topic, n);
    }
  }

  private boolean due(String reason, long before, long now) {
    return now - before >= QUIET.toNanos() && lastSaid.replace(reason, before, now);
  }
}
