package io.loda.agent.assignment;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** One thing to collect, as the registry assigned it. */
public sealed interface Assignment {

  /** What makes it the same assignment when it is assigned again, changed or not. */
  String key();

  /** As the registry has it. */
  String name();

  /** How often; zero means on demand only. */
  Duration interval();

  /** Whether the other runs what this one runs, in whatever way; a password is no difference. */
  default boolean isOfSameRepository(Assignment other) {
    return !(this instanceof Script script)
        || (other instanceof Script changed
            && GitAddress.withoutSecrets(script.git())
                .equals(GitAddress.withoutSecrets(changed.git())));
  }

  /**
   * A script plugin.
   *
   * @param name without {@code PLUGIN.}
   * @param git the address as the registry has it
   * @param project the last part of the address: the checkout's name
   * @param parameters arguments, split
   * @param ref the branch, tag or commit that it is pinned to; empty: the configured branch
   * @param stream it runs for ever, and each line that it prints is a metric
   * @param format what it prints
   * @param keep what it leaves running may go on
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

    /** The key of a namespace's plugin: {@code ns|project}. */
    public static String key(String namespace, String project) {
      return namespace + "|" + project;
    }
  }

  /**
   * A plugin in the agent's own language, found by name.
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
  record Probe(
      String namespace, String type, String name, Map<String, String> parameters, Duration interval)
      implements Assignment {

    public Probe {
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
   * @param parameters those fields of its items that say how to measure ({@code detail})
   */
  record HostProbe(String type, Map<String, String> parameters, Duration interval)
      implements Assignment {

    public HostProbe {
      parameters = Map.copyOf(parameters);
    }

    /**
     * A type's probe, at its own interval or this one where it is longer.
     *
     * @throws IllegalArgumentException when there is no such type; lists those that there are
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
     * One probe for both: at the shorter interval, with the parameters of both. Where they
     * contradict each other, this one's count.
     */
    HostProbe and(HostProbe other) {
      Map<String, String> all = new HashMap<>(other.parameters);
      all.putAll(parameters);
      return new HostProbe(
          type, all, interval.compareTo(other.interval) <= 0 ? interval : other.interval);
    }

    /** The parameters as text that doesn't depend on their order. */
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
