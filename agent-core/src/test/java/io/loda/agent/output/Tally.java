package io.loda.agent.output;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** What became of the messages 0 … n−1: lost, more than once, altered. */
record Tally(Set<Integer> lost, List<Integer> twice, List<String> altered) {

  /** A body that is known again, and whose every byte follows from its number. */
  static String body(int id) {
    return id + " " + Integer.toHexString(id * 0x9E3779B9).repeat(1 + id % 40);
  }

  static Tally of(int sent, List<String> received) {
    Map<Integer, Integer> times = new HashMap<>();
    List<String> altered = new ArrayList<>();
    for (String body : received) {
      String number = body.split(" ", 2)[0];
      int id = number.matches("\\d{1,9}") ? Integer.parseInt(number) : -1;
      if (id >= 0 && id < sent && body.equals(body(id))) {
        times.merge(id, 1, Integer::sum);
      } else {
        altered.add(body);
      }
    }
    Set<Integer> lost = new TreeSet<>();
    for (int id = 0; id < sent; id++) {
      if (!times.containsKey(id)) {
        lost.add(id);
      }
    }
    List<Integer> twice =
        times.entrySet().stream().filter(e -> e.getValue() > 1).map(Map.Entry::getKey).toList();
    return new Tally(lost, twice, altered);
  }
}
