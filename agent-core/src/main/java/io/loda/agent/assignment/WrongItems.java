package io.loda.agent.assignment;

import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Those items of a list that can't be taken, until it is known which of them had a last good one.
 */
final class WrongItems {

  /** What tells an item from others, whatever else of it changes. */
  private static final List<String> IDENTITIES = List.of("_id", "name", "git");

  private final Map<Integer, RejectedItem> byPlace = new LinkedHashMap<>();

  /** By identity; one that was taken goes when it is met, so that many of one name cost no more. */
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

  /** The place of the one that an item most likely was before, where there is one. */
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

  /** Its last good item goes on. */
  RejectedItem take(int place) {
    RejectedItem why = byPlace.remove(place);
    if (why == null) {
      throw new IllegalStateException("nothing is wrong at " + place);
    }
    return why;
  }

  /** Those that are left out. */
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
