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

/** Makes assignments of a namespace's items. A bad item is left out alone. Any thread. */
public final class AssignmentParser {

  private final ItemParser itemParser;

  /** A parser that takes no shorter interval; one below it is raised to it. */
  public AssignmentParser(Duration minInterval) {
    this.itemParser = new ItemParser(minInterval);
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

  /** Returns an item's fields that do nothing, as its type doesn't have them; each in words. */
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
              + ", so that it does nothing");
    }
    return unknown;
  }

  /**
   * Reads items.
   *
   * @param items a JSON list
   * @throws IllegalArgumentException when it is none
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

  /** Adds what an item says; its cost. */
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

  /** After the good ones, which have their places before any that went on. */
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
      // that one isn't good either, or another item has its place
      return;
    }
    KeptItem kept = new KeptItem(goesOn.key(), wrong.take(place), place, last.text(item.place()));
    found.keep(kept);
    memory.accept(AssignmentCost.of(goesOn) + AssignmentCost.of(kept));
  }
}
