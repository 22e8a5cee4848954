package io.loda.agent.cli.plugin;

import io.loda.agent.cli.AgentApi;
import io.loda.agent.cli.ApiCommand;
import io.loda.agent.cli.TextTable;
import io.loda.common.logging.VisibleText;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code agent plugin runs}: shows the last runs of a plugin. */
@Command(name = "runs", description = "Shows a plugin's last runs, the newest first.")
final class PluginRunsCommand extends ApiCommand {

  private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss");
  private static final int LINES_SHOWN = 10;
  private static final int COMMIT_SHOWN = 10;
  private static final int KEPT_BYTES = 2048;

  /** A run that begins this late is remarked; on a healthy host none does. */
  private static final long LATE_MILLIS = 1000;

  @Mixin private PluginName plugin = new PluginName();

  @Option(
      names = "--stderr",
      description =
          "Shows all of the newest standard error, up to 64 KiB, whether the run failed or not.")
  private boolean stderr;

  @Override
  public int ask(AgentApi api) throws IOException, InterruptedException {
    if (stderr && json()) {
      throw usage(
          "--stderr: expected no --json with it, which shows the standard error of each run");
    }
    JsonObject answer = api.get("/plugins/runs", plugin.query(api)).goodBody();
    if (json()) {
      sayJson(answer.encode());
      return 0;
    }
    List<JsonObject> runs =
        answer.getJsonArray("runs").stream().map(JsonObject.class::cast).toList();
    say(runs.isEmpty() ? "it hasn't run since the agent started" : table(runs));
    said(runs, stderr).ifPresent(this::say);
    printed(runs).ifPresent(this::say);
    return 0;
  }

  static String table(List<JsonObject> runs) {
    TextTable table =
        new TextTable(
            "TIME",
            "RESULT",
            "TYPE",
            "DURATION",
            "POINTS",
            "REFUSED",
            "EXIT",
            "CPU",
            "MEMORY",
            "SKIPPED",
            "COMMIT",
            "DETAIL");
    for (JsonObject run : runs) {
      String commit = run.getString("commit");
      table.add(
          TIME.format(Instant.parse(run.getString("start")).atZone(ZoneId.systemDefault())),
          run.getString("result"),
          run.getString("type"),
          run.getLong("duration_ms") + " ms",
          run.getInteger("points").toString(),
          run.getInteger("refused").toString(),
          run.getInteger("exit_code").toString(),
          run.getLong("cpu_ms") + " ms",
          // a run that ends at once is gone before its memory is measured
          run.getLong("max_rss_kb") == 0 ? "-" : run.getLong("max_rss_kb") + " kB",
          run.getInteger("skipped").toString(),
          commit.isEmpty() ? "-" : commit.substring(0, Math.min(COMMIT_SHOWN, commit.length())),
          remarks(run));
    }
    return table.toString();
  }

  private static String remarks(JsonObject run) {
    List<String> remarks = new ArrayList<>();
    if (!run.getString("detail").isEmpty()) {
      remarks.add(run.getString("detail"));
    }
    if (run.getString("result").equals("ok") && !run.getJsonArray("first_refused").isEmpty()) {
      remarks.add("refused " + run.getJsonArray("first_refused").getString(0));
    }
    if (run.getInteger("leftovers") > 0) {
      remarks.add("left " + run.getInteger("leftovers") + " processes running; they were ended");
    }
    if (run.getLong("late_ms", 0L) >= LATE_MILLIS) {
      remarks.add("began " + run.getLong("late_ms") + " ms after it was due");
    }
    return String.join("; ", remarks);
  }

  /**
   * Returns the last lines of standard error of the newest failure.
   *
   * @param all whether to return all lines, of the newest run with any
   */
  static Optional<String> said(List<JsonObject> runs, boolean all) {
    return runs.stream()
        .filter(
            run -> all ? !run.getString("stderr").isEmpty() : !run.getString("result").equals("ok"))
        .findFirst()
        .map(run -> said(run, all));
  }

  /** Returns the beginning of the newest failure's output, if the output was bad. */
  static Optional<String> printed(List<JsonObject> runs) {
    return runs.stream()
        .filter(run -> !run.getString("result").equals("ok"))
        .findFirst()
        .filter(run -> !run.getString("bad_output", "").isEmpty())
        .map(
            run ->
                heading("standard output", run)
                    + (run.getLong("output_bytes", 0L) > KEPT_BYTES ? " (its first 2 KiB)" : "")
                    + ":\n"
                    + VisibleText.lines(run.getString("bad_output").stripTrailing()));
  }

  private static String heading(String what, JsonObject run) {
    return "\n"
        + what
        + " of the "
        + (run.getString("result").equals("ok") ? "run" : "failure")
        + " at "
        + TIME.format(Instant.parse(run.getString("start")).atZone(ZoneId.systemDefault()));
  }

  private static String said(JsonObject run, boolean all) {
    String what = heading("standard error", run);
    if (run.getBoolean("stderr_dropped")) {
      return what + ": dropped, to make room for newer runs'";
    }
    List<String> lines = run.getString("stderr").stripTrailing().lines().toList();
    if (lines.isEmpty()) {
      return what + ": none";
    }
    int from = all ? 0 : Math.max(0, lines.size() - LINES_SHOWN);
    return what
        + (from > 0 ? " (its last " + LINES_SHOWN + " lines; --stderr shows all):\n" : ":\n")
        + VisibleText.lines(String.join("\n", lines.subList(from, lines.size())));
  }
}
