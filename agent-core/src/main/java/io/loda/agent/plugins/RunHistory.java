package io.loda.agent.plugins;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.loda.agent.source.script.result.RunResult;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The last runs of each plugin. The texts that they wrote (standard error, bad output) share one
 * budget of bytes, the runs themselves another: over it the oldest is dropped, of whatever plugin.
 * On the scheduler's event loop.
 *
 * <p>One budget is for all plugins, because few of them write much at the same time: 20 runs of
 * 1,000 plugins with 64 KiB of standard error each would be 1.3 GB. It is not on disk, where a full
 * or slow disk would affect every run; the log has each failure's last line.
 */
public final class RunHistory {

  private static final int RUNS = 20;
  private static final byte[] NOTHING = {};

  /** An entry with a run, its numbers, and its places in the collections. */
  private static final int RUN_BYTES = 460;

  private final long textBytes;
  private final long runsBytes;
  private final Map<String, Deque<Remembered>> plugins = new HashMap<>();

  /** Runs with texts, oldest first. */
  private final Set<Remembered> withTexts = new LinkedHashSet<>();

  /** All runs, oldest first, with their plugin. */
  private final Map<Remembered, String> all = new LinkedHashMap<>();

  private long bytes;
  private long runBytes;

  /** The sum of both, for other threads. */
  private volatile long held;

  /** Compared by identity. */
  private static final class Remembered {
    private final RunResult run;
    private byte[] stderr;
    private byte[] badOutput;
    private final int runBytes;
    private boolean dropped;

    Remembered(RunResult run) {
      this.run = run.remembered().withTexts("", "", false);
      this.runBytes =
          RUN_BYTES
              + 2 * this.run.detail().length()
              + this.run.refused().reasons().stream()
                  .mapToInt(line -> 64 + 2 * line.length())
                  .sum();
      this.stderr = bytes(run.stderr());
      this.badOutput = bytes(run.badOutput());
    }

    private static byte[] bytes(String text) {
      return text.isEmpty() ? NOTHING : text.getBytes(UTF_8);
    }

    private int textBytes() {
      return stderr.length + badOutput.length;
    }
  }

  RunHistory(long textBytes, long runsBytes) {
    this.textBytes = textBytes;
    this.runsBytes = runsBytes;
  }

  /** An empty history of at most {@code maxBytes}: a third for the runs, the rest for texts. */
  public static RunHistory within(long maxBytes) {
    return new RunHistory(maxBytes - maxBytes / 3, maxBytes / 3);
  }

  public void add(String key, RunResult run) {
    Deque<Remembered> runs = plugins.computeIfAbsent(key, unused -> new ArrayDeque<>());
    if (runs.size() == RUNS) {
      remove(runs.removeFirst());
    }
    Remembered one = new Remembered(run);
    runs.addLast(one);
    all.put(one, key);
    runBytes += one.runBytes;
    if (one.textBytes() > 0) {
      withTexts.add(one);
      bytes += one.textBytes();
    }
    while (bytes > textBytes) {
      Remembered oldest = withTexts.iterator().next();
      oldest.dropped = true;
      forget(oldest);
    }
    while (runBytes > runsBytes) {
      Map.Entry<Remembered, String> oldest = all.entrySet().iterator().next();
      String whose = oldest.getValue();
      remove(oldest.getKey());
      Deque<Remembered> rest = plugins.getOrDefault(whose, new ArrayDeque<>());
      rest.pollFirst();
      if (rest.isEmpty()) {
        plugins.remove(whose);
      }
    }
    held = bytes + runBytes;
  }

  /** A plugin's runs, newest first. */
  public List<RunResult> of(String key) {
    List<RunResult> runs = new ArrayList<>();
    plugins
        .getOrDefault(key, new ArrayDeque<>())
        .descendingIterator()
        .forEachRemaining(
            one ->
                runs.add(
                    one.run.withTexts(
                        new String(one.stderr, UTF_8),
                        new String(one.badOutput, UTF_8),
                        one.dropped)));
    return runs;
  }

  /** Forgets all other plugins. */
  public void keepOnly(Collection<String> keys) {
    plugins
        .entrySet()
        .removeIf(
            plugin -> {
              boolean gone = !keys.contains(plugin.getKey());
              if (gone) {
                plugin.getValue().forEach(this::remove);
              }
              return gone;
            });
    held = bytes + runBytes;
  }

  /** Bytes of all texts. */
  long bytes() {
    return bytes;
  }

  /** Bytes of all runs and texts; any thread. */
  public long heldBytes() {
    return held;
  }

  private void remove(Remembered one) {
    forget(one);
    if (all.remove(one) != null) {
      runBytes -= one.runBytes;
    }
  }

  private void forget(Remembered one) {
    if (withTexts.remove(one)) {
      bytes -= one.textBytes();
      one.stderr = NOTHING;
      one.badOutput = NOTHING;
    }
  }
}
