package io.loda.agent.assignment;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Those items of a list that can't be taken, until it is known which of them had a last good one.
 */
final class WrongItems {

  /** What tells an item from others, whatever else of it changes. */
  private static final List<String> IDENTITIES = List.of("_id", "name", "git");

  private final Map<Integer, RejectedItem> byPlace = new LinkedHashMap<>();
  private final Map<String, List<Integer>> places = new LinkedHashMap<>();

  void add(int place, JsonNode item, RejectedItem why) {
    byPlace.put(place, why);
    identities(item)
        .forEach(one -> places.computeIfAbsent(one, unused -> new ArrayList<>(1)).add(place));
  }

  boolean isEmpty() {
    return byPlace.isEmpty();
  }

  /** The places of those that an item was before, the likeliest first. */
  List<Integer> placesOf(JsonNode before) {
    return identities(before).stream()
        .flatMap(one -> places.getOrDefault(one, List.of()).stream())
        .filter(byPlace::containsKey)
        .distinct()
        .toList();
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

  private static List<String> identities(JsonNode item) {
    return IDENTITIES.stream()
        .filter(field -> item.path(field).isTextual() && !item.path(field).textValue().isBlank())
        .map(field -> field + '=' + item.path(field).textValue())
        .toList();
  }
}
