package io.loda.agent.assignment;

import io.loda.common.config.Suggestion;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.LongConsumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Parses a namespace's items into assignments; leaves out bad items alone. Any thread. */
public final class AssignmentParser {

  private final ItemParser itemParser;

  /** Makes a parser that raises shorter intervals to {@code minInterval}. */
  public AssignmentParser(Duration minInterval) {
    this.itemParser = new ItemParser(minInterval);
  }

  /**
   * The result for one namespace.
   *
   * @param kept the wrong items whose last good version is among the assignments
   */
  public record Parsed(
      List<Assignment> assignments, List<RejectedItem> rejected, List<KeptItem> kept) {

    public Parsed {
      assignments = List.copyOf(assignments);
      rejected = List.copyOf(rejected);
      kept = List.copyOf(kept);
    }

    /** Makes a result without kept items. */
    public Parsed(List<Assignment> assignments, List<RejectedItem> rejected) {
      this(assignments, rejected, List.of());
    }

    /** Returns the bytes of heap that all of it takes, with its jobs. */
    public long heldBytes() {
      return AssignmentCost.of(assignments, rejected, kept);
    }
  }

  /** Returns the default interval in seconds of each type that has one. */
  public static Map<String, Long> defaultIntervals() {
    Map<String, Long> seconds = new TreeMap<>();
    MeasurementTypes.HOST.forEach((type, interval) -> seconds.put(type, interval.toSeconds()));
    MeasurementTypes.PROBES.forEach((type, interval) -> seconds.put(type, interval.toSeconds()));
    return seconds;
  }

  /** Describes each field of an item that has no effect, because its type doesn't have it. */
  public static List<String> unknownFields(Item item) {
    String type = item.get("measurement_type");
    List<String> unknown = new ArrayList<>();
    for (String field : ItemField.unknown(type, item.fields().keySet())) {
      unknown.add(
          ItemParser.shown(field)
              + ": expected "
              + Suggestion.expected(field, ItemField.names(type))
              + " of "
              + ItemParser.shown(type)
              + "; it has no effect");
    }
    return unknown;
  }

  /**
   * Parses items.
   *
   * @param items a JSON list
   * @throws IllegalArgumentException when it is no JSON list
   */
  public Parsed parse(String namespace, String items) {
    return parse(namespace, ItemList.of(items), () -> null, bytes -> {});
  }

  /**
   * Parses items. For a wrong item its last good version stays in force: an error ends nothing,
   * only a removed item does.
   *
   * @param before returns the last accepted list, or null; called only if an item is wrong
   * @param memory takes each item's bytes before the next item is read; throws when there aren't
   *     enough
   */
  public Parsed parse(
      String namespace, ItemList items, Supplier<@Nullable ItemList> before, LongConsumer memory) {
    NamespaceItems found = new NamespaceItems();
    WrongItems wrong = new WrongItems();
    items.forEach(item -> memory.accept(add(namespace, item, found, wrong)));
    ItemList last = wrong.isEmpty() ? null : before.get();
    if (last != null) {
      memory.accept(last.length());
      last.forEach(item -> keep(namespace, last, item, found, wrong, memory));
    }
    wrong.left().forEach(found::reject);
    return found.parsed();
  }

  /** Adds the item's assignment, or notes why it is wrong; returns its cost in bytes. */
  private long add(String namespace, Item item, NamespaceItems found, WrongItems wrong) {
    try {
      Assignment assignment = itemParser.parse(namespace, item);
      found.add(item.get("name"), assignment);
      return AssignmentCost.of(assignment);
    } catch (IllegalArgumentException e) {
      RejectedItem refused =
          new RejectedItem(
              namespace, item.shownName(), String.valueOf(e.getMessage()), item.get("git").strip());
      wrong.add(item, refused);
      return AssignmentCost.of(refused);
    }
  }

  /** Adds the last good version of a wrong item, unless a good item has its name or project. */
  private void keep(
      String namespace,
      ItemList last,
      Item item,
      NamespaceItems found,
      WrongItems wrong,
      LongConsumer memory) {
    Integer place = wrong.placeOf(item);
    if (place == null) {
      return;
    }
    Assignment goesOn;
    try {
      goesOn = itemParser.parse(namespace, item);
      found.add(item.get("name"), goesOn);
    } catch (IllegalArgumentException e) {
      // the last version isn't good either, or another item has its name or project
      return;
    }
    KeptItem kept = new KeptItem(goesOn.key(), wrong.take(place), place, last.text(item.place()));
    found.keep(kept);
    memory.accept(AssignmentCost.of(goesOn) + AssignmentCost.of(kept));
  }
}
