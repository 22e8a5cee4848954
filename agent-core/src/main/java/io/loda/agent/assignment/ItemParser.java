package io.loda.agent.assignment;

import io.loda.common.config.Secrets;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Parses one item into an assignment. Any thread. */
final class ItemParser {

  /** A longer interval is taken for a mistake in the unit. */
  private static final Duration LONGEST = Duration.ofDays(7);

  /** The most characters of a found value that a reason repeats, since the log shows it. */
  private static final int SHOWN = 100;

  /** The interval of a stream without one, for the limits that count per interval. */
  private static final Duration STREAM_INTERVAL = Duration.ofSeconds(60);

  private final Duration minInterval;

  /**
   * Makes a parser that raises shorter intervals to {@code minInterval} rather than refuse them:
   * metrics that come less often do less harm than none.
   */
  ItemParser(Duration minInterval) {
    this.minInterval = minInterval;
  }

  /**
   * Parses an item.
   *
   * @throws IllegalArgumentException when it is wrong; names the field, what was expected and found
   */
  Assignment parse(String namespace, Item item) {
    if (!item.problem().isEmpty()) {
      throw new IllegalArgumentException(item.problem());
    }
    return parse(namespace, item.fields());
  }

  private Assignment parse(String namespace, Map<String, String> fields) {
    String type = required(fields, "measurement_type");
    Duration hostDefault = MeasurementTypes.HOST.get(type);
    if (hostDefault != null) {
      Duration interval = hostInterval(fields, hostDefault);
      Map<String, String> parameters = new LinkedHashMap<>(fields);
      parameters.keySet().removeAll(MeasurementTypes.NO_PARAMETERS);
      return new Assignment.HostProbe(type, parameters, interval);
    }
    Duration probeDefault = MeasurementTypes.PROBES.get(type);
    if (probeDefault != null) {
      MeasurementTypes.REQUIRED.getOrDefault(type, List.of()).forEach(key -> required(fields, key));
      return new Assignment.NamespaceProbe(
          namespace, type, name(fields), fields, interval(fields, probeDefault));
    }
    return switch (type) {
      case "PLUGIN" -> script(namespace, fields);
      case "GOPLUGIN", "JAVAPLUGIN" ->
          new Assignment.JavaPlugin(
              namespace, pluginName(fields), fields, interval(fields, Duration.ZERO));
      default ->
          throw new IllegalArgumentException(
              "measurement_type: expected one of "
                  + MeasurementTypes.known()
                  + ", found \""
                  + shown(type)
                  + '"');
    };
  }

  /** Makes a value fit into a line of the log, without passwords and control characters. */
  static String shown(String text) {
    String line = Secrets.hidden(text).replaceAll("\\p{Cntrl}", "?");
    return line.length() > SHOWN ? line.substring(0, SHOWN) + "…" : line;
  }

  private Assignment script(String namespace, Map<String, String> fields) {
    String name = pluginName(fields);
    String git = required(fields, "git").strip();
    boolean stream = isStream(fields);
    boolean onDemand = fields.getOrDefault("interval", "").strip().equals("0");
    OutputFormat format = format(fields);
    if (stream && onDemand) {
      throw new IllegalArgumentException(
          "interval: expected seconds or none for a stream, which runs for ever, found \"0\"");
    }
    if (stream && format == OutputFormat.JSON) {
      throw new IllegalArgumentException(
          "format: expected ndjson or influx for a stream, whose lines are metrics, found"
              + " \"json\"");
    }
    return new Assignment.Script(
        namespace,
        name,
        git,
        GitAddress.project(git),
        ArgumentWords.split("parameters", fields.getOrDefault("parameters", "")),
        onDemand
            ? Duration.ZERO
            : interval(fields, stream ? STREAM_INTERVAL : Duration.ZERO, stream ? 1 : 0),
        ref(fields),
        stream,
        format,
        keeps(fields, onDemand));
  }

  /** Points, the log and terminals show the name, so it must not begin a new line there. */
  private static String name(Map<String, String> fields) {
    String name = required(fields, "name");
    if (name.chars().anyMatch(Character::isISOControl)) {
      throw new IllegalArgumentException(
          "name: expected no line breaks or other control characters, found \""
              + shown(name)
              + '"');
    }
    return name;
  }

  /** Returns the name without {@code PLUGIN.} at its beginning (wire contract, section 2). */
  private static String pluginName(Map<String, String> fields) {
    String name = name(fields);
    String bare = ItemName.bare(name);
    if (bare.isBlank()) {
      throw new IllegalArgumentException(
          "name: expected PLUGIN.<name>, found \"" + shown(name) + '"');
    }
    return bare;
  }

  /** Returns the reference; an invalid one in the form that may be shown, which is invalid, too. */
  private static String ref(Map<String, String> fields) {
    String ref = fields.getOrDefault("ref", "").strip();
    return GitRef.isValid(ref) ? ref : shown(ref);
  }

  private static boolean isStream(Map<String, String> fields) {
    String mode = fields.getOrDefault("mode", "").strip();
    if (!mode.isEmpty() && !mode.equals("run") && !mode.equals("stream")) {
      throw new IllegalArgumentException(
          "mode: expected run or stream, found \"" + shown(mode) + '"');
    }
    return mode.equals("stream");
  }

  /** Only a plugin on demand may keep processes: each scheduled run would leave more of them. */
  private static boolean keeps(Map<String, String> fields, boolean onDemand) {
    String keep = fields.getOrDefault("keep", "").strip();
    if (!keep.isEmpty() && !keep.equals("true") && !keep.equals("false")) {
      throw new IllegalArgumentException(
          "keep: expected true or false, found \"" + shown(keep) + '"');
    }
    boolean keeps = keep.equals("true");
    if (keeps && !onDemand) {
      throw new IllegalArgumentException(
          "keep: expected interval 0 with it, as only processes of runs on demand are kept");
    }
    return keeps;
  }

  private static OutputFormat format(Map<String, String> fields) {
    try {
      return OutputFormat.named(shown(fields.getOrDefault("format", "")));
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException("format: " + e.getMessage(), e);
    }
  }

  private static String required(Map<String, String> fields, String key) {
    String value = fields.get(key);
    if (value == null || value.isBlank()) {
      throw new IllegalArgumentException(key + ": expected a value, found " + found(value));
    }
    return value;
  }

  private static String found(@Nullable String value) {
    if (value == null) {
      return "nothing";
    }
    return value.isBlank() ? "an empty string" : '"' + shown(value.strip()) + '"';
  }

  /** Takes the default for an invalid interval, as the older agent does and some items need. */
  private Duration hostInterval(Map<String, String> fields, Duration otherwise) {
    try {
      return interval(fields, otherwise);
    } catch (IllegalArgumentException e) {
      return otherwise.compareTo(minInterval) < 0 ? minInterval : otherwise;
    }
  }

  private Duration interval(Map<String, String> fields, Duration otherwise) {
    return interval(fields, otherwise, 1);
  }

  /**
   * Returns the interval; with a default of zero the item must have one.
   *
   * @param least the shortest that an error names; 0: the caller has looked for 0 before
   */
  private Duration interval(Map<String, String> fields, Duration otherwise, int least) {
    String text = fields.getOrDefault("interval", "").strip();
    if (text.isEmpty() && !otherwise.isZero()) {
      return otherwise;
    }
    Duration interval;
    try {
      interval = Duration.ofSeconds(Long.parseLong(text));
    } catch (NumberFormatException e) {
      interval = Duration.ZERO;
    }
    if (interval.compareTo(Duration.ZERO) <= 0 || interval.compareTo(LONGEST) > 0) {
      throw new IllegalArgumentException(
          "interval: expected seconds, %d…%d, found %s"
              .formatted(least, LONGEST.toSeconds(), found(fields.get("interval"))));
    }
    return interval.compareTo(minInterval) < 0 ? minInterval : interval;
  }
}
