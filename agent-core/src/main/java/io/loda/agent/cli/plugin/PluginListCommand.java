package io.loda.agent.cli.plugin;

import io.loda.agent.cli.AgentApi;
import io.loda.agent.cli.ApiCommand;
import io.loda.agent.cli.NotDone;
import io.loda.agent.cli.TextTable;
import io.loda.common.config.ConfigException;
import io.loda.common.logging.VisibleText;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code agent plugin list}: lists the running agent's plugins, or the built-in ones. */
@Command(
    name = "list",
    description = "Lists the running agent's plugins, or what the built-in ones measure.")
final class PluginListCommand extends ApiCommand {

  /** The digits of a commit that are shown, which mostly suffice in one repository. */
  private static final int SHORT = 8;

  @Option(
      names = "--builtin",
      description =
          "The built-in ones instead: each type's measurements, their tags and units. No agent need"
              + " run.")
  private boolean builtin;

  @Option(names = "--markdown", description = "With --builtin: as the page of the documentation.")
  private boolean markdown;

  @Override
  public Integer call() throws ConfigException, IOException, InterruptedException {
    if (markdown && !builtin) {
      throw usage("--markdown: expected --builtin with it");
    }
    if (builtin && json()) {
      throw usage("--json: expected no --builtin with it; use --markdown");
    }
    if (builtin && !configuration().isEmpty()) {
      throw usage("--builtin: expected neither -f nor --set with it, as no configuration is read");
    }
    return builtin ? listBuiltin() : super.call();
  }

  private int listBuiltin() throws NotDone {
    BuiltinMeasurements measurements = BuiltinMeasurements.load();
    if (measurements.rows().isEmpty()) {
      throw new NotDone("no built-in plugins are on the class path; start it as bin/agent does");
    }
    String page = markdown ? measurements.markdown() : measurements.text();
    say(page.stripTrailing());
    return 0;
  }

  @Override
  public int ask(AgentApi api) throws IOException, InterruptedException {
    JsonObject answer = api.get("/plugins/list", Map.of()).goodBody();
    if (json()) {
      sayJson(answer.encode());
    } else {
      say(table(answer, Instant.now()));
    }
    return 0;
  }

  static String table(JsonObject list, Instant now) {
    TextTable table =
        new TextTable(
            "PLUGIN", "NAME", "STATE", "VERSION", "EVERY", "NEXT", "RUNS", "FAILED", "LAST",
            "PROBLEM");
    for (Object item : list.getJsonArray("plugins")) {
      JsonObject plugin = (JsonObject) item;
      int inRow = plugin.getInteger("failures_in_row");
      table.add(
          plugin.getString("key"),
          PluginName.shownName(plugin),
          plugin.getString("state"),
          version(plugin.getString("commit", ""), plugin.getString("from", "")),
          plugin.getLong("interval") == 0 ? "on demand" : plugin.getLong("interval") + " s",
          next(plugin.getString("next_run"), now),
          plugin.getLong("runs").toString(),
          plugin.getLong("failures") + (inRow > 1 ? " (" + inRow + " in a row)" : ""),
          plugin.getLong("runs") == 0 ? "-" : plugin.getLong("last_ms") + " ms",
          problem(plugin));
    }
    StringBuilder text = new StringBuilder(table.toString());
    for (Object item : list.getJsonArray("rejected")) {
      JsonObject rejected = (JsonObject) item;
      text.append("\nleft out: ")
          .append(
              VisibleText.line(rejected.getString("namespace") + " " + rejected.getString("name")))
          .append(": ")
          .append(VisibleText.line(rejected.getString("reason")));
    }
    return text.toString();
  }

  private static String version(String commit, String from) {
    return commit.isEmpty()
        ? "-"
        : shortened(commit) + (from.isEmpty() ? "" : " (from " + shortened(from) + ")");
  }

  private static String shortened(String commit) {
    return commit.substring(0, Math.min(SHORT, commit.length()));
  }

  private static String problem(JsonObject plugin) {
    String rolledBack = plugin.getString("rolled-back", "");
    String problem = plugin.getString("problem");
    return rolledBack.isEmpty()
        ? problem
        : "rolled-back: " + rolledBack + (problem.isEmpty() ? "" : "; " + problem);
  }

  private static String next(@Nullable String time, Instant now) {
    return time == null
        ? "-"
        : "in " + Math.max(0, Duration.between(now, Instant.parse(time)).toSeconds()) + " s";
  }
}
