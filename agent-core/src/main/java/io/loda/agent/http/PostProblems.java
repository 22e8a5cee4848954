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
 * What was wrong with a posted body whose good points are taken all the same: how many of its
 * items, and why, of the first. Where all or none are wanted, the first one ends it: the sender can
 * mend it and send all again, while half a post would double the other half.
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
   * An item is bad.
   *
   * @throws BadCall where all or none are wanted
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

  /** Items that weren't taken. */
  long count() {
    return count;
  }

  /** Whether there is nothing to be said. */
  boolean isEmpty() {
    return reasons.isEmpty();
  }

  String first() {
    return reasons.isEmpty() ? "" : reasons.get(0);
  }

  /** For a header, which is ASCII and one line: {@code 2; item 1: …; item 7: …}. */
  String header() {
    String line = VisibleText.line(count + "; " + String.join("; ", reasons));
    String ascii = line.replaceAll("[^ -~]", "?");
    return ascii.length() > LONGEST_HEADER ? ascii.substring(0, LONGEST_HEADER) : ascii;
  }

  /** Into an answer. */
  JsonObject put(JsonObject answer) {
    return answer.put("refused", count).put("reasons", new JsonArray(List.copyOf(reasons)));
  }
}
