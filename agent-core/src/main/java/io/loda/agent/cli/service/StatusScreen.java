package io.loda.agent.cli.service;

import io.loda.agent.cli.TextTable;
import io.loda.common.logging.VisibleText;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Formats {@code /me/status} for people, with what is wrong in tables and at the end. */
final class StatusScreen {

  private static final int MOST_LINES = 20;
  private static final long MIB = 1 << 20;
  private static final String DISCARDED = "points.discarded.";

  private final JsonObject status;
  private final Instant now;
  private final List<String> lines = new ArrayList<>();

  StatusScreen(JsonObject status, Instant now) {
    this.status = status;
    this.now = now;
    head();
    registry(status.getJsonObject("registry"));
    outputs(list("outputs"));
    jobs(list("jobs"));
    leftOut(list("rejected"));
    discarded(status.getJsonObject("counters", new JsonObject()));
  }

  private List<JsonObject> list(String key) {
    return status.getJsonArray(key, new JsonArray()).stream().map(JsonObject.class::cast).toList();
  }

  private void head() {
    lines.add(
        "agent "
            + text(status, "version")
            + " (commit "
            + text(status, "commit")
            + "), pid "
            + status.getLong("pid")
            + ", up "
            + age(status.getLong("uptime_s"))
            + ", host "
            + text(status, "hostname"));
    lines.add("data folder " + text(status, "data_dir"));
    JsonObject memory = status.getJsonObject("memory");
    lines.add(
        "heap "
            + memory.getLong("heap_used_bytes") / MIB
            + " of "
            + memory.getLong("heap_bytes") / MIB
            + " MiB");
    JsonObject posts = status.getJsonObject("posts");
    if (posts.getBoolean("refusing")) {
      lines.add("posts refused with 503: " + text(posts, "reason"));
    }
  }

  private void registry(JsonObject registry) {
    lines.add("");
    lines.add("registry: " + text(registry, "source"));
    TextTable table = new TextTable("ASKED FOR", "LAST GOOD ANSWER", "FAILS NOW");
    ask(table, "(namespaces)", registry.getJsonObject("namespaces"));
    for (Object item : registry.getJsonArray("items")) {
      ask(table, ((JsonObject) item).getString("namespace"), (JsonObject) item);
    }
    ask(table, "(report)", registry.getJsonObject("report"));
    lines.add(table.toString());
  }

  private static void ask(TextTable table, String what, JsonObject ask) {
    Long age = ask.getLong("age_s");
    String failure = ask.getString("failure", "");
    table.add(
        what,
        age == null ? "never" : age(age) + " ago",
        failure.isEmpty() ? (age == null ? "not asked yet" : "-") : failure);
  }

  private void outputs(List<JsonObject> outputs) {
    lines.add("");
    TextTable table =
        new TextTable(
            "OUTPUT", "TYPE", "WAITING", "OLDEST", "ON DISK", "DROPPED", "REFUSED", "PROBLEM");
    for (JsonObject output : outputs) {
      table.add(
          output.getString("name"),
          output.getString("type"),
          output.getLong("waiting_points").toString(),
          age(output.getLong("oldest_s")),
          bytes(output.getLong("disk_bytes")),
          output.getLong("dropped_points").toString(),
          output.getLong("refused_points").toString(),
          problem(output));
    }
    lines.add(table.toString());
  }

  /** Formats a size; sizes below 1 KiB stay in bytes, so that they don't look like nothing. */
  private static String bytes(long bytes) {
    return bytes >= MIB
        ? bytes / MIB + " MiB"
        : bytes >= 1024 ? bytes / 1024 + " KiB" : bytes + " B";
  }

  private static String problem(JsonObject output) {
    String failure = output.getString("failure", "");
    String disk = output.getString("disk_failure", "");
    String both = failure + (failure.isEmpty() || disk.isEmpty() ? "" : "; ");
    return disk.isEmpty() ? (failure.isEmpty() ? "-" : failure) : both + "its disk: " + disk;
  }

  private void jobs(List<JsonObject> jobs) {
    Map<String, Integer> states = new TreeMap<>();
    List<JsonObject> failing = new ArrayList<>();
    for (JsonObject job : jobs) {
      states.merge(String.valueOf(job.getString("state")), 1, Integer::sum);
      if (!job.getString("problem", "").isEmpty()) {
        failing.add(job);
      }
    }
    List<String> counts = new ArrayList<>();
    states.forEach((state, count) -> counts.add(count + " " + state));
    lines.add("");
    lines.add("jobs: " + jobs.size() + (counts.isEmpty() ? "" : ": " + String.join(", ", counts)));
    if (failing.isEmpty()) {
      return;
    }
    TextTable table = new TextTable("FAILS", "STATE", "NEXT", "IN A ROW", "PROBLEM");
    for (JsonObject job : failing.subList(0, Math.min(failing.size(), MOST_LINES))) {
      table.add(
          job.getString("key"),
          String.valueOf(job.getString("state")),
          next(job.getString("next_run")),
          job.getLong("failures_in_row", 0L).toString(),
          job.getString("problem"));
    }
    lines.add(table.toString());
    more(failing.size());
  }

  private String next(@Nullable String time) {
    return time == null
        ? "-"
        : "in " + age(Math.max(0, Duration.between(now, Instant.parse(time)).toSeconds()));
  }

  private void leftOut(List<JsonObject> items) {
    if (items.isEmpty()) {
      return;
    }
    lines.add("");
    for (JsonObject item : items.subList(0, Math.min(items.size(), MOST_LINES))) {
      lines.add(
          "left out: "
              + text(item, "namespace")
              + " "
              + text(item, "name")
              + ": "
              + text(item, "reason"));
    }
    more(items.size());
  }

  private void more(int all) {
    if (all > MOST_LINES) {
      lines.add("and " + (all - MOST_LINES) + " more (--json has all)");
    }
  }

  private void discarded(JsonObject counters) {
    List<String> discarded = new ArrayList<>();
    for (String name : counters.fieldNames()) {
      String reason = name.startsWith(DISCARDED) ? name.substring(DISCARDED.length()) : ".";
      // counters with a dot are of one topic, and the one without a dot has their sum
      if (reason.indexOf('.') < 0) {
        discarded.add(counters.getLong(name) + " " + VisibleText.line(reason));
      }
    }
    if (!discarded.isEmpty()) {
      lines.add("");
      lines.add("points discarded since the start: " + String.join(", ", discarded));
    }
  }

  private static String text(JsonObject from, String key) {
    return VisibleText.line(String.valueOf(from.getValue(key)));
  }

  private static String age(long seconds) {
    long minutes = seconds / 60;
    long hours = minutes / 60;
    if (hours >= 48) {
      return hours / 24 + " d";
    }
    return hours > 0
        ? hours + " h " + minutes % 60 + " min"
        : minutes > 0 ? minutes + " min " + seconds % 60 + " s" : seconds + " s";
  }

  @Override
  public String toString() {
    return String.join("\n", lines);
  }
}
