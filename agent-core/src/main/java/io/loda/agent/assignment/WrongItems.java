package io.loda.agent.assignment;

import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Collects the wrong items of a list, and matches them with the items of the last good list. */
final class WrongItems {

  /** The fields that identify an item when its other fields change. */
  private static final List<String> IDENTITIES = List.of("_id", "name", "git");

  private final Map<Integer, RejectedItem> byPlace = new LinkedHashMap<>();

  /** By identity. {@link #placeOf} removes taken places, so that many equal names cost no more. */
  private final Map<String, Deque<Integer>> places = new HashMap<>();

  void add(Item item, RejectedItem why) {
    byPlace.put(item.place(), why);
    identities(item)
        .forEach(
            one -> places.computeIfAbsent(one, unused -> new ArrayDeque<>(2)).add(item.place()));
  }

  boolean isEmpty() {
    return byPlace.isEmpty();
  }

  /** Returns the place of the wrong item that most likely was this one before; null: none was. */
  @Nullable Integer placeOf(Item before) {
    for (String one : identities(before)) {
      Deque<Integer> left = places.get(one);
      while (left != null && !left.isEmpty()) {
        if (byPlace.containsKey(left.element())) {
          return left.element();
        }
        left.remove();
      }
    }
    return null;
  }

  /** Removes the wrong item at a place, as its last good version stays in force. */
  RejectedItem take(int place) {
    RejectedItem why = byPlace.remove(place);
    if (why == null) {
      throw new IllegalStateException("nothing is wrong at " + place);
    }
    return why;
  }

  Collection<RejectedItem> left() {
    return byPlace.values();
  }

  private static List<String> identities(Item item) {
    return IDENTITIES.stream()
        .filter(field -> !item.get(field).isBlank())
        .map(field -> field + '=' + item.get(field))
        .toList();
  }
}
