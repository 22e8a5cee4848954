package io.loda.agent.source.script.output;

import io.loda.agent.assignment.OutputFormat;
import io.loda.agent.plugin.Metric;
import io.loda.agent.source.SeriesLimit;
import io.loda.agent.source.script.process.RunOutput;
import io.loda.agent.source.script.process.WholeOutput;
import io.loda.agent.source.script.result.OutputHead;
import io.loda.common.metric.LineReader;
import io.loda.common.metric.MetricHandler;
import io.loda.common.metric.MetricName;
import io.loda.common.metric.StrictUtf8;
import io.loda.common.telemetry.MemoryBudget;
import io.loda.common.time.Pace;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Parses a stream's output line by line. Keeps at most one line; a longer one is refused and
 * skipped. Reads at most {@code plugins.max-output} a second, for the output, for what is sent of
 * it, and for standard error: a faster stream waits at its pipe, so that it can't crowd out others.
 * One thread.
 */
public final class StreamOutput implements RunOutput, MetricHandler {

  /** How many times faster standard error and refused output are read. */
  private static final int SKIPPED_FASTER = 16;

  private static final int LONG_LINE = 64 * 1024;

  /** How much unused reading time may be made up for. */
  private static final Duration SAVED_UP = Duration.ofMillis(100);

  /** The longest sleep: the end of a run is noticed after that. */
  private static final long LONGEST_NAP = TimeUnit.SECONDS.toNanos(1);

  private static final long BETWEEN_LOOKS = TimeUnit.SECONDS.toNanos(1);

  /** Takes the metrics. */
  public interface Sink {

    /**
     * Takes metrics.
     *
     * @return their encoded size in bytes; 0: unknown
     */
    long metrics(List<Metric> metrics) throws InterruptedException;

    /**
     * Counts refused lines or metrics.
     *
     * @param reason of the first of them
     */
    void refused(long count, String reason);

    /** Called about once a second. */
    void look();
  }

  private final long maxBytes;
  private final SeriesLimit limit;
  private final long intervalNanos;
  private final LongSupplier nanoTime;
  private final Pace pace;
  private final Pace errorPace;
  private final Sink sink;
  private final WholeOutput partial;
  private final Semaphore reading;
  private final RunWatcher watcher;
  private final List<Metric> metrics = new ArrayList<>();

  private @Nullable LineReader reader;
  private boolean skipping;
  private long limitCounted;
  private long line = 1;
  private long size;
  private long good;
  private long bad;
  private long refusedNow;
  private String firstReason = "";
  private String lastReason = "";
  private long intervalStart;
  private long lookedAt;
  private final OutputHead head = new OutputHead();

  /**
   * The output of one run.
   *
   * @param format {@link OutputFormat#AUTO}: the first line tells
   * @param maxBytes of a line, and of a second
   * @param interval for which the number of series is bounded
   * @param share the memory of a long line; null: no bound
   * @param reading is held while a long line is parsed
   * @param watcher gets all output
   */
  public StreamOutput(
      OutputFormat format,
      long maxBytes,
      int maxSeries,
      Duration interval,
      LongSupplier nanoTime,
      Sink sink,
      MemoryBudget.@Nullable Share share,
      Semaphore reading,
      RunWatcher watcher) {
    this.watcher = watcher;
    this.partial = new WholeOutput(maxBytes, share);
    this.reading = reading;
    this.maxBytes = maxBytes;
    this.limit = new SeriesLimit(maxSeries);
    this.intervalNanos = interval.toNanos();
    this.nanoTime = nanoTime;
    this.sink = sink;
    this.reader = format == OutputFormat.AUTO ? null : PluginOutputParser.reader(format);
    this.intervalStart = nanoTime.getAsLong();
    this.pace = new Pace(maxBytes, SAVED_UP, nanoTime);
    this.errorPace = new Pace(maxBytes, SAVED_UP, nanoTime);
    this.lookedAt = intervalStart;
  }

  @Override
  public void write(byte[] chunk, int length) throws InterruptedException {
    if (length == 0) {
      return;
    }
    newInterval();
    watcher.printed(chunk, length);
    if (good == 0) {
      head.add(chunk, length);
    }
    size += length;
    boolean skipped = skipping;
    int from = skipping ? rest(chunk, length) : 0;
    int last = lastLineBreak(chunk, from, length);
    if (last >= from) {
      int first = from;
      if (partial.kept() > 0) {
        first = lineBreak(chunk, from, length) + 1;
        keep(chunk, from, first);
        readPartial();
        skipping = false;
      }
      read(chunk, first, last + 1);
      from = last + 1;
    }
    keep(chunk, from, length);
    long encoded = give();
    pace.add(Math.max(encoded, skipped && skipping ? length / SKIPPED_FASTER : length));
    TimeUnit.NANOSECONDS.sleep(Math.min(pace.waitNanos(), LONGEST_NAP));
  }

  @Override
  public boolean takesErrors() {
    return errorPace.waitNanos() == 0;
  }

  @Override
  public void errorsRead(int bytes) {
    errorPace.add(bytes);
  }

  /** Skips the rest of a line; returns where the next one begins. */
  private int rest(byte[] chunk, int length) {
    int end = lineBreak(chunk, 0, length);
    if (end < length) {
      skipping = false;
      line++;
    }
    return Math.min(end + 1, length);
  }

  private void keep(byte[] chunk, int from, int to) {
    if (from >= to) {
      return;
    }
    boolean tooLong = (long) partial.kept() + (to - from) > maxBytes + 1;
    if (!tooLong && partial.add(chunk, from, to - from)) {
      return;
    }
    partial.clear();
    refused(
        "line "
            + line
            + (tooLong
                ? ": longer than plugins.max-output (" + maxBytes + " bytes)"
                : ": too long for the memory that other runs' output leaves"));
    skipping = chunk[to - 1] != '\n';
    line += skipping ? 0 : 1;
  }

  private void readPartial() throws InterruptedException {
    if (partial.kept() <= LONG_LINE) {
      read(partial.array(), 0, partial.kept());
    } else {
      // parsing takes a multiple of the line's memory
      reading.acquire();
      try {
        read(partial.array(), 0, partial.kept());
      } finally {
        reading.release();
      }
    }
    partial.clear();
  }

  private void read(byte[] text, int from, int to) {
    int start = line == 1 && from == 0 ? StrictUtf8.afterMark(text) : from;
    LineReader known = reader;
    if (known == null) {
      int at = start;
      while (at < to && " \n\r\t".indexOf(text[at]) >= 0) {
        at++;
      }
      if (at < to) {
        // a stream can't be one JSON list: each line is a metric
        known =
            PluginOutputParser.reader(
                PluginOutputParser.told(text[at]) == OutputFormat.INFLUX
                    ? OutputFormat.INFLUX
                    : OutputFormat.NDJSON);
        reader = known;
      }
    }
    if (known != null) {
      known.read(text, Math.min(start, to), to, line, this);
    }
    for (int i = from; i < to; i++) {
      line += text[i] == '\n' ? 1 : 0;
    }
  }

  @Override
  public void metric(Metric metric) {
    String problem = MetricName.problem(metric.name());
    if (!problem.isEmpty()) {
      refused(problem);
      return;
    }
    if (limit.takes(metric)) {
      good++;
      metrics.add(metric);
    } else {
      bad++;
    }
  }

  @Override
  public void refused(String reason) {
    bad++;
    watcher.refused(reason);
    if (refusedNow++ == 0) {
      firstReason = reason;
    }
    lastReason = reason;
  }

  private long give() throws InterruptedException {
    if (refusedNow > 0) {
      sink.refused(refusedNow, firstReason);
      refusedNow = 0;
    }
    if (limit.refused() > limitCounted) {
      lastReason = limit.refusal();
      watcher.refused(lastReason);
      sink.refused(limit.refused() - limitCounted, lastReason);
      limitCounted = limit.refused();
    }
    if (metrics.isEmpty()) {
      return 0;
    }
    List<Metric> given = List.copyOf(metrics);
    metrics.clear();
    return sink.metrics(given);
  }

  private void newInterval() {
    long now = nanoTime.getAsLong();
    if (now - intervalStart >= intervalNanos) {
      intervalStart = now;
      limit.reset();
      limitCounted = 0;
    }
  }

  @Override
  public void look(Set<Long> processes) {
    long now = nanoTime.getAsLong();
    if (now - lookedAt >= BETWEEN_LOOKS) {
      lookedAt = now;
      newInterval();
      sink.look();
    }
  }

  /** Parses a last line without a line break, and reports the rest. */
  public void finish() throws InterruptedException {
    readPartial();
    partial.close();
    give();
  }

  /** Returns false: only a line can be too large, and it alone is refused. */
  @Override
  public boolean tooLarge() {
    return false;
  }

  @Override
  public long size() {
    return size;
  }

  /** Returns the beginning of the output while no metric was good. */
  public OutputHead head() {
    return head;
  }

  /** Returns how many metrics were accepted. */
  public long good() {
    return good;
  }

  /** Returns how many metrics were refused. */
  public long bad() {
    return bad;
  }

  /** Returns why the last one was refused. */
  public String lastReason() {
    return lastReason;
  }

  private static int lineBreak(byte[] chunk, int from, int to) {
    int at = from;
    while (at < to && chunk[at] != '\n') {
      at++;
    }
    return at;
  }

  private static int lastLineBreak(byte[] chunk, int from, int to) {
    int at = to - 1;
    while (at >= from && chunk[at] != '\n') {
      at--;
    }
    return at;
  }
}
