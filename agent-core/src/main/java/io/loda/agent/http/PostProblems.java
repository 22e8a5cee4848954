package io.loda.agent.http;

import io.loda.common.http.BadCall;
import io.loda.common.logging.VisibleText;
import io.loda.common.metric.JsonMetricReader;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * Collects what is wrong with a posted body whose good points are accepted: the number of refused
 * items, and the reasons of the first ones. With all-or-none the first bad item refuses the whole
 * body: the sender can mend it and post all of it again, and no point comes twice.
 */
final class PostProblems implements JsonMetricReader.Problems {

  static final String HEADER = "X-Refused";

  private static final int SHOWN = 10;
  private static final int LONGEST_REASON = 200;
  private static final int LONGEST_HEADER = 1_000;

  private final boolean allOrNone;
  private final List<String> reasons = new ArrayList<>();
  private long count;

  PostProblems(boolean allOrNone) {
    this.allOrNone = allOrNone;
  }

  /**
   * Counts a bad item.
   *
   * @throws BadCall with all-or-none
   */
  @Override
  public void refused(String reason) {
    if (allOrNone) {
      throw new BadCall("body, " + reason);
    }
    count++;
    add(reason);
  }

  @Override
  public void odd(String reason) throws IOException {
    if (allOrNone) {
      JsonMetricReader.Problems.super.odd(reason);
    }
    add(reason);
  }

  private void add(String reason) {
    if (reasons.size() < SHOWN) {
      reasons.add(
          reason.length() > LONGEST_REASON ? reason.substring(0, LONGEST_REASON) + "…" : reason);
    }
  }

  /** Returns the number of refused items. */
  long count() {
    return count;
  }

  boolean isEmpty() {
    return reasons.isEmpty();
  }

  String first() {
    return reasons.isEmpty() ? "" : reasons.get(0);
  }

  /** Returns the value of a header, in ASCII and one line: {@code 2; item 1: …; item 7: …}. */
  String header() {
    String line = VisibleText.line(count + "; " + String.join("; ", reasons));
    String ascii = line.replaceAll("[^ -~]", "?");
    return ascii.length() > LONGEST_HEADER ? ascii.substring(0, LONGEST_HEADER) : ascii;
  }

  /** Adds the number and the reasons to an answer. */
  JsonObject put(JsonObject answer) {
    return answer.put("refused", count).put("reasons", new JsonArray(List.copyOf(reasons)));
  }
}
