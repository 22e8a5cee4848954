package io.loda.agent.source.script.process;

import io.loda.common.telemetry.Counters;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The processes of runs that can't be ended. Their plugin doesn't run while they live, or each run
 * might leave another one. Any thread.
 */
public final class Survivors {

  private static final Logger LOG = LoggerFactory.getLogger(Survivors.class);

  /** Counts processes that couldn't be ended. */
  static final String COUNTER = "plugins.processes-not-ended";

  private static final int MOST_SAID = 8;

  private final Counters counters;
  private final Map<String, List<Survivor>> left = new ConcurrentHashMap<>();

  public Survivors(Counters counters) {
    this.counters = counters;
  }

  /** Adds the processes that a run of this plugin left. */
  public void add(String plugin, List<Survivor> survivors) {
    if (survivors.isEmpty()) {
      return;
    }
    counters.add(COUNTER, survivors.size());
    LOG.warn(
        "plugin {}: kill of {} failed; end it by hand, the plugin doesn't run until then",
        plugin,
        text(survivors));
    left.merge(plugin, survivors, (a, b) -> Stream.concat(a.stream(), b.stream()).toList());
  }

  /** Returns the living survivors of this plugin, in words; empty: none. */
  public String of(String plugin) {
    List<Survivor> alive =
        left.computeIfPresent(
            plugin,
            (unused, all) -> {
              List<Survivor> still = all.stream().filter(Survivor::isAlive).distinct().toList();
              return still.isEmpty() ? null : still;
            });
    return alive == null ? "" : text(alive);
  }

  private static String text(List<Survivor> survivors) {
    String some =
        survivors.stream()
            .limit(MOST_SAID)
            .map(Survivor::toString)
            .collect(Collectors.joining(", "));
    return survivors.size() <= MOST_SAID
        ? some
        : some + " and " + (survivors.size() - MOST_SAID) + " more";
  }
}
