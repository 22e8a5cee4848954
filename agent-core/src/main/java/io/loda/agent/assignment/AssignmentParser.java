package io.loda.agent.assignment;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.loda.agent.config.Suggestion;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.CharacterCodingException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.LongConsumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Reads a namespace's items as the registry answers them: a list of objects whose values are all
 * strings. A bad item is left out alone. Any thread.
 */
public final class AssignmentParser {

  /** A day is long for a measurement, and anything longer is a mistake in the unit. */
  private static final Duration LONGEST = Duration.ofDays(7);

  /** How much of what was found a reason repeats: it goes into the log. */
  private static final int SHOWN = 100;

  /** For what a stream is held to in an interval. */
  private static final Duration STREAM_INTERVAL = Duration.ofSeconds(60);

  /** Reads one item of many. */
  private static final ObjectMapper ITEM = new ObjectMapper();

  private final Duration minInterval;
  private final int maxItems;

  /** A parser that takes no shorter interval; one below it is raised to it. */
  public AssignmentParser(Duration minInterval) {
    this(minInterval, ItemBounds.MOST_ITEMS);
  }

  /**
   * A parser.
   *
   * @param maxItems that a namespace may have
   */
  public AssignmentParser(Duration minInterval, int maxItems) {
    this.minInterval = minInterval;
    this.maxItems = maxItems;
  }

  /**
   * What a namespace's items say.
   *
   * @param kept what of the assignments is of a last good item, as the item is wrong now
   */
  public record Parsed(
      List<Assignment> assignments, List<RejectedItem> rejected, List<KeptItem> kept) {

    public Parsed {
      assignments = List.copyOf(assignments);
      rejected = List.copyOf(rejected);
      kept = List.copyOf(kept);
    }

    /** Where no last good item had to go on. */
    public Parsed(List<Assignment> assignments, List<RejectedItem> rejected) {
      this(assignments, rejected, List.of());
    }

    /** What all of it takes of memory, with the jobs that work on it. */
    public long heldBytes() {
      return AssignmentCost.of(assignments, rejected, kept);
    }
  }

  /** Seconds, of the types that have a default. */
  public static Map<String, Long> defaultIntervals() {
    Map<String, Long> seconds = new TreeMap<>();
    MeasurementTypes.HOST.forEach((type, interval) -> seconds.put(type, interval.toSeconds()));
    MeasurementTypes.PROBES.forEach((type, interval) -> seconds.put(type, interval.toSeconds()));
    return seconds;
  }

  /**
   * What of a namespace's items does nothing, in words: fields that their type doesn't have.
   *
   * @param items a JSON list that {@link #parse} takes
   */
  public List<String> unknownFields(String items) {
    List<String> unknown = new ArrayList<>();
    try (JsonParser parser = ITEM.createParser(items)) {
      parser.nextToken();
      for (int i = 1; parser.nextToken() != JsonToken.END_ARRAY; i++) {
        JsonNode item = ITEM.readTree(parser);
        String type = item.path("measurement_type").asText("");
        String name = shown(item.path("name").asText("item " + i));
        List<String> fields = item.properties().stream().map(Map.Entry::getKey).toList();
        for (String field : ItemField.unknown(type, fields)) {
          unknown.add(
              name
                  + ": "
                  + shown(field)
                  + ": expected "
                  + Suggestion.expected(field, ItemField.names(type))
                  + " of "
                  + shown(type)
                  + ", so that it does nothing");
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException("a string can't be read", e);
    }
    return unknown;
  }

  /**
   * Reads items.
   *
   * @param items a JSON list
   * @throws IllegalArgumentException when it is no JSON list
   */
  public Parsed parse(String namespace, String items) {
    return parse(namespace, ItemList.of(items), () -> null, bytes -> {});
  }

  /**
   * Reads items. One that is wrong now, and was good before, goes on as it was: an error ends
   * nothing, only an item that is gone does.
   *
   * @param before gives the last list that was taken, where there was one; asked only where an item
   *     is wrong
   * @param memory is told of each item's bytes before the next one is read, and throws where there
   *     aren't so many
   * @throws IllegalArgumentException when it is no JSON list
   */
  public Parsed parse(
      String namespace, ItemList items, Supplier<@Nullable ItemList> before, LongConsumer memory) {
    try {
      checkBounds(items);
      return parseItems(namespace, items, before, memory);
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException("expected JSON, found " + e.getOriginalMessage(), e);
    } catch (CharacterCodingException e) {
      throw new IllegalArgumentException("expected UTF-8, found other bytes", e);
    } catch (IOException e) {
      throw new UncheckedIOException("a string can't be read", e);
    }
  }

  private void checkBounds(ItemList items) throws IOException {
    try (JsonParser parser = items.parser()) {
      JsonToken first = parser.nextToken();
      if (first != JsonToken.START_ARRAY) {
        throw new IllegalArgumentException(
            "expected a JSON list of items, found "
                + (first == null ? "nothing" : first.name().replaceFirst("START_|VALUE_", "")));
      }
      ItemBounds.count(parser, maxItems);
      if (parser.nextToken() != null) {
        throw new IllegalArgumentException("expected JSON, found something after the list");
      }
    }
  }

  /** One item after the other: the tree of all of them would be many times their text. */
  private Parsed parseItems(
      String namespace, ItemList items, Supplier<@Nullable ItemList> before, LongConsumer memory)
      throws IOException {
    NamespaceItems found = new NamespaceItems();
    WrongItems wrong = new WrongItems();
    try (JsonParser parser = items.parser()) {
      parser.nextToken();
      for (int i = 1; parser.nextToken() != JsonToken.END_ARRAY; i++) {
        memory.accept(parseItem(namespace, i, ITEM.readTree(parser), found, wrong));
      }
    }
    ItemList last = wrong.isEmpty() ? null : before.get();
    if (last != null) {
      memory.accept(last.length());
      keep(namespace, last, found, wrong, memory);
    }
    wrong.left().forEach(found::reject);
    return found.parsed();
  }

  /** After the good ones, which have their places before any that went on. */
  private void keep(
      String namespace, ItemList last, NamespaceItems found, WrongItems wrong, LongConsumer memory)
      throws IOException {
    try {
      checkBounds(last);
    } catch (IOException | IllegalArgumentException e) {
      // what can't be read is as good as none
      return;
    }
    try (JsonParser parser = last.parser()) {
      parser.nextToken();
      while (parser.nextToken() != JsonToken.END_ARRAY) {
        JsonNode item = ITEM.readTree(parser);
        List<Integer> places = wrong.placesOf(item);
        Assignment goesOn = places.isEmpty() ? null : good(namespace, item, found);
        if (goesOn != null) {
          int place = places.get(0);
          KeptItem kept = new KeptItem(goesOn.key(), wrong.take(place), place, item.toString());
          found.keep(kept);
          memory.accept(AssignmentCost.of(goesOn) + AssignmentCost.of(kept));
        }
      }
    }
  }

  /** Null where that isn't good either, or another item has its place. */
  private @Nullable Assignment good(String namespace, JsonNode item, NamespaceItems found) {
    try {
      Assignment assignment = parseItem(namespace, fields(item));
      found.add(item.path("name").asText(""), assignment);
      return assignment;
    } catch (IllegalArgumentException e) {
      return null;
    }
  }

  /**
   * Adds what an item says; its cost.
   *
   * @param place from 1
   */
  private long parseItem(
      String namespace, int place, JsonNode item, NamespaceItems found, WrongItems wrong) {
    String name = item.path("name").asText("");
    try {
      Assignment assignment = parseItem(namespace, fields(item));
      found.add(name, assignment);
      return AssignmentCost.of(assignment);
    } catch (IllegalArgumentException e) {
      String shown = shown(name);
      RejectedItem refused =
          new RejectedItem(
              namespace,
              shown.isBlank() ? "item " + place : shown,
              String.valueOf(e.getMessage()),
              item.path("git").asText("").strip());
      wrong.add(place, item, refused);
      return AssignmentCost.of(refused);
    }
  }

  private static Map<String, String> fields(JsonNode item) {
    if (!item.isObject()) {
      throw new IllegalArgumentException("expected an object, found " + item.getNodeType());
    }
    Map<String, String> fields = new LinkedHashMap<>();
    for (Map.Entry<String, JsonNode> field : item.properties()) {
      JsonNode value = field.getValue();
      if (value.isTextual()) {
        fields.put(field.getKey(), value.textValue());
      } else if (!value.isNull()) {
        throw new IllegalArgumentException(
            shown(field.getKey()) + ": expected a string, found " + shown(value.toString()));
      }
    }
    return fields;
  }

  private Assignment parseItem(String namespace, Map<String, String> fields) {
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
      return new Assignment.Probe(
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

  /** In one line, and not too long for it. */
  static String shown(String text) {
    String line = GitAddress.withoutSecrets(text).replaceAll("\\p{Cntrl}", "?");
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
          "format: expected ndjson or influx for a stream, of which each line is a metric, found"
              + " \"json\"");
    }
    return new Assignment.Script(
        namespace,
        name,
        git,
        GitAddress.project(git),
        Parameters.split("parameters", fields.getOrDefault("parameters", "")),
        onDemand ? Duration.ZERO : interval(fields, stream ? STREAM_INTERVAL : Duration.ZERO),
        ref(fields),
        stream,
        format,
        keeps(fields, onDemand));
  }

  /** It goes into points, the log and onto terminals, where it must not begin a line of its own. */
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

  /** Without the {@code PLUGIN.} that it may begin with (wire contract, section 2). */
  private static String pluginName(Map<String, String> fields) {
    String name = name(fields);
    String bare = ItemName.bare(name);
    if (bare.isBlank()) {
      throw new IllegalArgumentException(
          "name: expected PLUGIN.<name>, found \"" + shown(name) + '"');
    }
    return bare;
  }

  /** One that can be none is kept as it may be shown, which is none either. */
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

  /** One that runs by itself would leave one more each time. */
  private static boolean keeps(Map<String, String> fields, boolean onDemand) {
    String keep = fields.getOrDefault("keep", "").strip();
    if (!keep.isEmpty() && !keep.equals("true") && !keep.equals("false")) {
      throw new IllegalArgumentException(
          "keep: expected true or false, found \"" + shown(keep) + '"');
    }
    boolean keeps = keep.equals("true");
    if (keeps && !onDemand) {
      throw new IllegalArgumentException(
          "keep: expected interval 0 with it, as only what a plugin on demand leaves is kept");
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
      throw new IllegalArgumentException(
          key + ": expected a value, found " + (value == null ? "nothing" : "an empty string"));
    }
    return value;
  }

  /** What is no interval is the type's own to the older agent, and hosts are assigned such. */
  private Duration hostInterval(Map<String, String> fields, Duration otherwise) {
    try {
      return interval(fields, otherwise);
    } catch (IllegalArgumentException e) {
      return otherwise.compareTo(minInterval) < 0 ? minInterval : otherwise;
    }
  }

  /** The interval; zero as the default means that the item must say it. */
  private Duration interval(Map<String, String> fields, Duration otherwise) {
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
          "interval: expected seconds, 1…"
              + LONGEST.toSeconds()
              + ", found \""
              + shown(text)
              + '"');
    }
    return interval.compareTo(minInterval) < 0 ? minInterval : interval;
  }
}
