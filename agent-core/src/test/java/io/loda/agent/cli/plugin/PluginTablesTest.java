package io.loda.agent.cli.plugin;

import static org.assertj.core.api.Assertions.assertThat;

import io.loda.agent.cli.TextTable;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What the commands make of the agent's answers. */
class PluginTablesTest {

  private static final Instant NOW = Instant.parse("2026-01-02T03:04:05Z");

  @Test
  void aListHasALineAPluginAndOneForEachThatWasLeftOut() {
    JsonObject list =
        new JsonObject()
            .put(
                "plugins",
                new JsonArray()
                    .add(plugin("a.b|mail", "slowed", 60, "2026-01-02T03:09:05Z", 6, "exit: 1"))
                    .add(
                        plugin("a.b|call", "waiting", 0, null, 0, "")
                            .put("commit", "0123456789")
                            .put("name", "ring")
                            .put("runs", 0))
                    .add(
                        plugin("a.b|disk", "waiting", 0, null, 0, "exit: 2")
                            .put("commit", "fedcba9876")
                            .put("from", "c0ffee")
                            .put("rolled-back", "c0ffee")))
            .put(
                "rejected",
                new JsonArray()
                    .add(
                        new JsonObject()
                            .put("namespace", "a.b")
                            .put("name", "PLUGIN.x")
                            .put("reason", "git: expected an address")));

    assertThat(PluginListCommand.table(list, NOW))
        .isEqualTo(
            """
            PLUGIN    NAME         STATE    VERSION                 EVERY      NEXT      RUNS  FAILED          LAST  PROBLEM
            a.b|mail  PLUGIN.mail  slowed   -                       60 s       in 300 s  9     7 (6 in a row)  5 ms  exit: 1
            a.b|call  PLUGIN.ring  waiting  01234567                on demand  -         0     7               -
            a.b|disk  PLUGIN.disk  waiting  fedcba98 (from c0ffee)  on demand  -         9     7               5 ms  rolled-back: c0ffee; exit: 2
            left out: a.b PLUGIN.x: git: expected an address""");
  }

  @Test
  void runsSayWhatWasRefusedAndWhatTheyLeftRunning() {
    JsonObject fine = shown(run("ok", "", false), "", new JsonArray(), 0);
    JsonObject untidy = shown(run("ok", "", false), "", new JsonArray().add("item 2: no name"), 2);
    JsonObject failed =
        shown(run("exit", "", false), "ended with exit code 1", new JsonArray().add("x"), 0);

    assertThat(PluginRunsCommand.table(List.of(fine, untidy, failed)).lines())
        .satisfiesExactly(
            heads -> assertThat(heads).endsWith("  DETAIL"),
            first -> assertThat(first).endsWith("  -"),
            second ->
                assertThat(second)
                    .endsWith(
                        "  refused item 2: no name; left 2 processes running; they were ended"),
            third -> assertThat(third).endsWith("  ended with exit code 1"));
  }

  @Test
  void memoryThatWasNotSeenIsNotShownAsNone() {
    JsonObject seen = shown(run("ok", "", false), "", new JsonArray(), 0);
    JsonObject quick = shown(run("ok", "", false), "", new JsonArray(), 0).put("max_rss_kb", 0);

    assertThat(PluginRunsCommand.table(List.of(seen, quick)).lines())
        .satisfiesExactly(
            heads -> assertThat(heads).contains("  MEMORY  "),
            first -> assertThat(first).contains("  900 kB  "),
            second -> assertThat(second).containsPattern("ms  - +0 "));
  }

  private static JsonObject shown(JsonObject run, String detail, JsonArray refused, int leftovers) {
    return run.put("type", "regular")
        .put("refused", refused.size())
        .put("skipped", 0)
        .put("commit", "")
        .put("detail", detail)
        .put("first_refused", refused)
        .put("leftovers", leftovers);
  }

  @Test
  void theNewestFailuresLastLinesAreShown() {
    StringBuilder lines = new StringBuilder();
    for (int i = 1; i <= 12; i++) {
      lines.append("line ").append(i).append('\n');
    }
    List<JsonObject> runs =
        List.of(
            run("ok", "chatty\n", false),
            run("exit", lines.toString(), false),
            run("exit", "older\n", false));

    assertThat(PluginRunsCommand.said(runs, false).orElseThrow())
        .startsWith("\nstandard error of the failure at ")
        .contains("(its last 10 lines; --stderr shows all):\nline 3\nline 4\n")
        .endsWith("\nline 12");
    assertThat(PluginRunsCommand.said(runs, true).orElseThrow()).endsWith(":\nchatty");
    assertThat(PluginRunsCommand.said(List.of(run("ok", "", false)), false)).isEmpty();
    assertThat(PluginRunsCommand.said(List.of(run("exit", "", true)), false).orElseThrow())
        .endsWith(": dropped, to make room for newer runs'");
  }

  @Test
  void aBadOutputsBeginningIsShown() {
    JsonObject bad = run("bad-output", "", false).put("bad_output", "[1,\u001b[2J\n]\n");

    assertThat(PluginRunsCommand.printed(List.of(run("ok", "", false), bad)).orElseThrow())
        .startsWith("\nstandard output of the failure at ")
        .endsWith(":\n[1,\\u001b[2J\n]");
    assertThat(
            PluginRunsCommand.printed(List.of(bad.copy().put("output_bytes", 3000))).orElseThrow())
        .contains(" (its first 2 KiB):\n");
    assertThat(PluginRunsCommand.printed(List.of(run("exit", "", false), bad))).isEmpty();
  }

  @Test
  void nothingThatAPluginSaysReachesTheTerminalAsItIs() {
    assertThat(
            PluginRunsCommand.said(List.of(run("exit", "\u001b[2Jgone\u0007\n", false)), false)
                .orElseThrow())
        .endsWith(":\n\\u001b[2Jgone\\u0007");
    TextTable table = new TextTable("A", "B");
    table.add("\u001b]0;x", "two\nlines");
    assertThat(table.toString()).isEqualTo("A           B\n\\u001b]0;x  two\\nlines");
  }

  @Test
  void aRunShowsItsPointsAndWhatItTook() {
    JsonObject run =
        run("ok", "careful\n", false)
            .put("message", "run plugin successfully")
            .put("output_bytes", 5)
            .put("refused", new JsonArray().add("item 2: name: expected a string"))
            .put(
                "metrics",
                new JsonArray()
                    .add(
                        new JsonObject()
                            .put("name", "answer")
                            .put("tags", new JsonObject().put("queue", "mail"))
                            .put("fields", new JsonObject().put("value", 42).put("text", "a\"b"))));

    assertThat(PluginRunCommand.text(run))
        .isEqualTo(
            """
            answer {queue="mail"} value=42 text="a\\"b"
            refused: item 2: name: expected a string
            standard error:
              careful
            ok; exit code 0, 12 ms, CPU 3 ms, memory 900 kB, 5 bytes printed, 1 metric, 1 refused, 0 processes left over""");
  }

  @Test
  void aFailedRunSaysWhatFailed() {
    JsonObject run =
        run("start-failed", "", false)
            .put("message", "/p/plugin.sh: expected a file")
            .put("exit_code", -1)
            .put("max_rss_kb", 0)
            .put("output_bytes", 0)
            .put("refused", new JsonArray())
            .put("metrics", new JsonArray());

    assertThat(PluginRunCommand.text(run))
        .startsWith("start-failed: /p/plugin.sh: expected a file; exit code none, 12 ms, ")
        .contains(", memory not seen, ");
  }

  private static JsonObject plugin(
      String key, String state, int interval, @Nullable String next, int inRow, String problem) {
    return new JsonObject()
        .put("key", key)
        .put("name", key.substring(key.indexOf('|') + 1))
        .put("state", state)
        .put("interval", interval)
        .put("next_run", next)
        .put("runs", 9)
        .put("failures", 7)
        .put("failures_in_row", inRow)
        .put("last_ms", 5)
        .put("problem", problem);
  }

  private static JsonObject run(String result, String stderr, boolean dropped) {
    return new JsonObject()
        .put("start", NOW.toString())
        .put("result", result)
        .put("exit_code", 0)
        .put("duration_ms", 12)
        .put("points", 1)
        .put("cpu_ms", 3)
        .put("max_rss_kb", 900)
        .put("leftovers", 0)
        .put("stderr", stderr)
        .put("stderr_dropped", dropped);
  }
}
