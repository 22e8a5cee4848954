package io.loda.agent.assignment;

import io.loda.common.config.Secrets;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** One thing to collect, as the registry assigned it. */
public sealed interface Assignment {

  /** Identifies the assignment; it stays the same when the item changes. */
  String key();

  /** Returns the name that the registry gave. */
  String name();

  /** Returns the interval of runs; zero: it runs on demand only. */
  Duration interval();

  /** Returns whether both run the same repository; a different password makes no difference. */
  default boolean isOfSameRepository(Assignment other) {
    return !(this instanceof Script script)
        || (other instanceof Script changed
            && Secrets.hidden(script.git()).equals(Secrets.hidden(changed.git())));
  }

  /**
   * A script plugin.
   *
   * @param name without {@code PLUGIN.}
   * @param git the address as the registry has it
   * @param project the last part of the address, which is the checkout's name
   * @param parameters the arguments, split
   * @param ref the branch, tag or commit that it is pinned to; empty: the configured branch
   * @param stream whether it runs for ever, and each line that it prints is a metric
   * @param format the format of its output
   * @param keep whether processes that a run leaves behind may go on
   */
  record Script(
      String namespace,
      String name,
      String git,
      String project,
      List<String> parameters,
      Duration interval,
      String ref,
      boolean stream,
      OutputFormat format,
      boolean keep)
      implements Assignment {

    public Script {
      parameters = List.copyOf(parameters);
    }

    @Override
    public String key() {
      return key(namespace, project);
    }

    /** Returns the key of a namespace's plugin: {@code ns|project}. */
    public static String key(String namespace, String project) {
      return namespace + "|" + project;
    }
  }

  /**
   * A Java plugin, which is found by its name.
   *
   * @param parameters the item's fields
   */
  record JavaPlugin(
      String namespace, String name, Map<String, String> parameters, Duration interval)
      implements Assignment {

    public JavaPlugin {
      parameters = Map.copyOf(parameters);
    }

    @Override
    public String key() {
      return "GOPLUGIN " + namespace + " " + name;
    }
  }

  /**
   * A probe that belongs to one namespace: {@code PORT}, {@code PROC}, {@code LOG}.
   *
   * @param parameters the item's fields
   */
  record NamespaceProbe(
      String namespace, String type, String name, Map<String, String> parameters, Duration interval)
      implements Assignment {

    public NamespaceProbe {
      parameters = Map.copyOf(parameters);
    }

    @Override
    public String key() {
      return type + " " + namespace + " " + name;
    }
  }

  /**
   * A measurement of the host, for every namespace: {@code CPU}, {@code MEM}…
   *
   * @param parameters the fields of its items that say how to measure ({@code detail})
   */
  record HostProbe(String type, Map<String, String> parameters, Duration interval)
      implements Assignment {

    public HostProbe {
      parameters = Map.copyOf(parameters);
    }

    /**
     * Returns a type's probe with the type's own interval, or {@code minInterval} if that is
     * longer.
     *
     * @throws IllegalArgumentException for an unknown type; lists the known ones
     */
    public static HostProbe ofType(String type, Duration minInterval) {
      Duration interval = MeasurementTypes.HOST.get(type);
      if (interval == null) {
        throw new IllegalArgumentException(
            "expected types of " + MeasurementTypes.hosts() + ", found \"" + type + '"');
      }
      return new HostProbe(
          type, Map.of(), interval.compareTo(minInterval) < 0 ? minInterval : interval);
    }

    /**
     * Merges both into one probe with the shorter interval and the parameters of both. Where both
     * have a parameter, this one's value counts.
     */
    HostProbe and(HostProbe other) {
      Map<String, String> all = new HashMap<>(other.parameters);
      all.putAll(parameters);
      return new HostProbe(
          type, all, interval.compareTo(other.interval) <= 0 ? interval : other.interval);
    }

    /** Returns the parameters as a text that doesn't depend on their order. */
    String sorted() {
      return new TreeMap<>(parameters).toString();
    }

    @Override
    public String key() {
      return type;
    }

    @Override
    public String name() {
      return type;
    }
  }
}
