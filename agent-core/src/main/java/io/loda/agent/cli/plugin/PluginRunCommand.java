package io.loda.agent.cli.plugin;

import io.loda.agent.cli.AgentApi;
import io.loda.agent.cli.ApiCommand;
import io.loda.agent.cli.AtWork;
import io.loda.agent.cli.NotDone;
import io.loda.agent.cli.plugintest.TrialReport;
import io.loda.common.logging.VisibleText;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code agent plugin run}: runs a plugin on demand, and shows the result. */
@Command(name = "run", description = "Runs a plugin now, and sends its points.")
final class PluginRunCommand extends ApiCommand {

  private static final int LONGEST_SECONDS = 300;

  /** Twice the longest time-out, as it may wait for another run, and some time for the call. */
  private static final Duration PATIENCE = Duration.ofSeconds(630);

  @Mixin private PluginName plugin = new PluginName();

  @Option(
      names = "--timeout",
      paramLabel = "SECONDS",
      description = "1 to 300; of a script plugin.")
  private @Nullable Integer timeout;

  @Option(
      names = "--param",
      paramLabel = "TEXT",
      description = "Instead of a script plugin's parameters; split at blanks.")
  private @Nullable String param;

  @Override
  public int ask(AgentApi api) throws IOException, InterruptedException {
    if (timeout != null && (timeout < 1 || timeout > LONGEST_SECONDS)) {
      throw usage(
          "--timeout: expected a number from 1 to " + LONGEST_SECONDS + ", found " + timeout);
    }
    Map<String, String> query = new HashMap<>(plugin.query(api));
    if (timeout != null && !query.containsKey("repo")) {
      throw usage(
          "--timeout: expected a script plugin with it, found one in Java, whose deadline is its "
              + "interval");
    }
    query.put("wait", "true");
    if (timeout != null) {
      query.put("timeout", timeout.toString());
    }
    if (param != null) {
      query.put("param", param);
    }
    AgentApi.Answer answer;
    AtWork work = AtWork.on(() -> complain("working, as long as the run takes…"));
    try {
      answer = api.post("/plugins/run", query, PATIENCE);
    } finally {
      work.end();
    }
    if (json()) {
      sayJson(answer.body().encode());
    } else if (answer.body().containsKey("result")) {
      say(text(answer.body()));
    } else {
      throw new NotDone(answer.message());
    }
    return answer.good() ? 0 : 1;
  }

  static String text(JsonObject run) {
    StringBuilder text = new StringBuilder();
    for (Object item : run.getJsonArray("metrics")) {
      text.append(VisibleText.line(metric((JsonObject) item))).append('\n');
    }
    for (Object line : run.getJsonArray("refused")) {
      text.append("refused: ").append(VisibleText.line(line.toString())).append('\n');
    }
    String stderr = run.getString("stderr").stripTrailing();
    if (!stderr.isEmpty()) {
      text.append("standard error:\n").append(VisibleText.lines(stderr.indent(2)));
    }
    String output = run.getString("bad_output", "").stripTrailing();
    if (!output.isEmpty()) {
      text.append("standard output:\n").append(VisibleText.lines(output.indent(2)));
    }
    String result = run.getString("result");
    text.append(result)
        .append(result.equals("ok") ? "" : ": " + VisibleText.line(run.getString("message")))
        .append(
            TrialReport.took(
                run.getInteger("exit_code"),
                run.getLong("duration_ms"),
                run.getLong("cpu_ms"),
                run.getLong("max_rss_kb"),
                run.getLong("output_bytes"),
                run.getInteger("points"),
                run.getJsonArray("refused").size(),
                run.getInteger("leftovers")));
    int kept = run.getInteger("kept", 0);
    if (kept > 0) {
      text.append(", ").append(kept).append(" that go on");
    }
    return text.toString();
  }

  private static String metric(JsonObject metric) {
    JsonObject tags = metric.getJsonObject("tags", new JsonObject());
    JsonObject fields = metric.getJsonObject("fields", new JsonObject());
    return metric.getString("name")
        + (tags.isEmpty() ? "" : " {" + joined(tags) + "}")
        + " "
        + joined(fields);
  }

  private static String joined(JsonObject entries) {
    return entries.stream()
        .map(
            entry ->
                entry.getKey()
                    + "="
                    // strings in quotes, as in JSON
                    + (entry.getValue() instanceof String text
                        ? new JsonArray().add(text).encode().replaceAll("^\\[|]$", "")
                        : entry.getValue()))
        .collect(Collectors.joining(" "));
  }
}
