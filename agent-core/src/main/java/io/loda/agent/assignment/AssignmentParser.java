package io.loda.agent.assignment;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.loda.common.config.Suggestion;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.CharacterCodingException;
import java.time.Duration;
import java.util.ArrayList;
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

  /** Reads one item of many. */
  private static final ObjectMapper ITEM = new ObjectMapper();

  private final ItemParser itemParser;
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
    this.itemParser = new ItemParser(minInterval);
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
        String name = ItemParser.shown(item.path("name").asText("item " + i));
        List<String> fields = item.properties().stream().map(Map.Entry::getKey).toList();
        for (String field : ItemField.unknown(type, fields)) {
          unknown.add(
              name
                  + ": "
                  + ItemParser.shown(field)
                  + ": expected "
                  + Suggestion.expected(field, ItemField.names(type))
                  + " of "
                  + ItemParser.shown(type)
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
        int from = ItemList.begin(parser);
        JsonNode item = ITEM.readTree(parser);
        Integer place = wrong.placeOf(item);
        Assignment goesOn = place == null ? null : good(namespace, item, found);
        if (place != null && goesOn != null) {
          String text = last.text(from, ItemList.end(parser));
          KeptItem kept = new KeptItem(goesOn.key(), wrong.take(place), place, text);
          found.keep(kept);
          memory.accept(AssignmentCost.of(goesOn) + AssignmentCost.of(kept));
        }
      }
    }
  }

  /** Null where that isn't good either, or another item has its place. */
  private @Nullable Assignment good(String namespace, JsonNode item, NamespaceItems found) {
    try {
      Assignment assignment = itemParser.parse(namespace, item);
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
      Assignment assignment = itemParser.parse(namespace, item);
      found.add(name, assignment);
      return AssignmentCost.of(assignment);
    } catch (IllegalArgumentException e) {
      String shown = ItemParser.shown(name);
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
}
