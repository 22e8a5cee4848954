package io.loda.agent.schedule;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.loda.agent.source.PluginRun;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The last runs of each plugin. What they wrote to standard error shares a budget of bytes: over
 * it, the oldest is dropped, whoever's it is. On the scheduler's event loop.
 */
final class RunHistory {

  private static final int RUNS = 20;
  private static final byte[] NOTHING = {};

  private final long stderrBytes;
  private final Map<String, Deque<Entry>> plugins = new HashMap<>();

  /** Those with something, the oldest first. */
  private final Set<Entry> withStderr = new LinkedHashSet<>();

  private long bytes;

  /** Each is one of its own, whatever it holds. */
  private static final class Entry {
    private final PluginRun run;
    private byte[] stderr;
    private boolean dropped;

    Entry(PluginRun run) {
      this.run = run.withStderr("");
      this.stderr = run.stderr().isEmpty() ? NOTHING : run.stderr().getBytes(UTF_8);
    }
  }

  /** None yet. */
  RunHistory(long stderrBytes) {
    this.stderrBytes = stderrBytes;
  }

  void add(String key, PluginRun run) {
    Deque<Entry> runs = plugins.computeIfAbsent(key, unused -> new ArrayDeque<>());
    if (runs.size() == RUNS) {
      forget(runs.removeFirst());
    }
    Entry entry = new Entry(run);
    runs.addLast(entry);
    if (entry.stderr.length > 0) {
      withStderr.add(entry);
      bytes += entry.stderr.length;
    }
    while (bytes > stderrBytes) {
      Entry oldest = withStderr.iterator().next();
      oldest.dropped = true;
      forget(oldest);
    }
  }

  /** The plugin's, the newest first. */
  List<RememberedRun> of(String key) {
    List<RememberedRun> runs = new ArrayList<>();
    plugins
        .getOrDefault(key, new ArrayDeque<>())
        .descendingIterator()
        .forEachRemaining(
            entry ->
                runs.add(
                    new RememberedRun(
                        entry.run.withStderr(new String(entry.stderr, UTF_8)), entry.dropped)));
    return runs;
  }

  /** Forgets all other plugins. */
  void keepOnly(Collection<String> keys) {
    plugins
        .entrySet()
        .removeIf(
            plugin -> {
              boolean gone = !keys.contains(plugin.getKey());
              if (gone) {
                plugin.getValue().forEach(this::forget);
              }
              return gone;
            });
  }

  /** Of all plugins. */
  long bytes() {
    return bytes;
  }

  private void forget(Entry entry) {
    if (withStderr.remove(entry)) {
      bytes -= entry.stderr.length;
      entry.stderr = NOTHING;
    }
  }
}
