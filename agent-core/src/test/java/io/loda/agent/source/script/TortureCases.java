package io.loda.agent.source.script;

import io.loda.agent.source.script.result.RunResult;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Predicate;

/** The plugins that {@link Torture} runs, and what must come of each. */
final class TortureCases {

  static final int MOST_PROCESSES = 100;
  static final String FORK_BOMB = "fork bomb";
  private static final String DELETES_ITSELF = "deletes its own folder";
  private static final String METRIC = "{\"name\":\"a\",\"value\":";

  /** Of those that would never end. */
  private static final Duration SHORT = Duration.ofSeconds(1);

  /** Of those that end by themselves, however slow the machine is. */
  private static final Duration LONG = Duration.ofSeconds(30);

  private final ScriptRuns runs;
  private final Map<String, Case> cases = new LinkedHashMap<>();

  /**
   * What is run, how long it may take, and what must come of it.
   *
   * @param id its project: its scratch folder is its own
   */
  record Case(String id, Path plugin, Duration timeout, Predicate<RunResult> expected) {}

  TortureCases(ScriptRuns runs) throws IOException {
    this.runs = runs;
    Predicate<RunResult> ok = is(RunResult.Outcome.OK);
    Predicate<RunResult> timeout = is(RunResult.Outcome.TIMEOUT);
    Predicate<RunResult> bad = is(RunResult.Outcome.BAD_OUTPUT);
    Predicate<RunResult> large = is(RunResult.Outcome.OUTPUT_TOO_LARGE);
    Predicate<RunResult> exit = is(RunResult.Outcome.EXIT);
    Predicate<RunResult> empty = result -> result.metrics().isEmpty();
    Predicate<RunResult> notStarted = is(RunResult.Outcome.START_FAILED);

    add("endless loop", SHORT, timeout, "while :; do :; done");
    add("ignores SIGTERM", SHORT, timeout, "trap '' TERM; while :; do sleep 0.1; done");
    add("prints and sleeps", SHORT, timeout.and(empty), "echo '[]'; sleep 1000");
    add("stops itself", SHORT, timeout, "kill -STOP $$");
    add(
        "holds stdout by setsid",
        ok.and(result -> result.usage().leftovers() == 1),
        pid("setsid sh -c 'echo $$ >\"$PLUGIN_SCRATCH/pid\"; exec sleep 1000'"));
    add(
        "clears its environment and session",
        ok.and(result -> result.usage().leftovers() == 1),
        pid("env -i P=\"$PLUGIN_SCRATCH\" setsid sh -c 'echo $$ >\"$P/pid\"; exec sleep 1000'"));
    add(
        "double fork",
        ok.and(result -> result.usage().leftovers() == 2),
        pid("(sleep 1000 & setsid sh -c 'echo $$ >\"$PLUGIN_SCRATCH/pid\"; exec sleep 1000')"));
    add(
        FORK_BOMB,
        SHORT,
        result -> !result.ok(),
        "bomb() { bomb & bomb & wait; }",
        "bomb 2>/dev/null",
        "sleep 1000");
    add("200 MB to stdout", large, "head -c 200000000 /dev/zero");
    add(
        "200 MB to stderr",
        ok.and(result -> result.stderr().length() == 64 * 1024),
        "head -c 200000000 /dev/zero | tr '\\0' x >&2");
    add("no output", ok.and(empty), ":");
    add("half a JSON", bad, "printf '[" + METRIC + "'");
    add("invalid UTF-8", bad, "printf '[{\"name\":\"\\377\\376\",\"value\":1}]'");
    add("a NUL", bad, "printf '\\000'");
    add("deep nesting", bad, "head -c 500000 /dev/zero | tr '\\0' '['");
    add("huge number", empty, "printf '[" + METRIC + "1e999}]'");
    add("many digits", empty, digits());
    add("NaN", empty, "printf '[" + METRIC + "NaN}]'");
    add("40,000 metrics", ok.and(result -> result.metrics().size() == 40_000), metrics(40_000));
    add("100,000 metrics", large, metrics(100_000));
    add("exit 1", exit.and(result -> result.exitCode() == 1), "exit 1");
    add("killed by a signal", exit.and(r -> r.detail().equals("ended by signal 9")), "kill -9 $$");
    add("one large file", exit, "exec dd if=/dev/zero of=\"$PLUGIN_SCRATCH/x\" bs=1M 2>/dev/null");
    Predicate<RunResult> full = large.and(result -> result.detail().endsWith("; it was emptied"));
    add(
        "fills its disk quota",
        full,
        "i=0; while :; do i=$((i + 1))",
        "head -c 7000000 /dev/zero >\"$PLUGIN_SCRATCH/$i\" || sleep 0.1; done");
    add(
        "fills its scratch folder with files",
        full,
        // too many, and not more than are deleted in time on a machine that does much else
        "i=0; while [ $i -lt 12000 ]; do i=$((i + 1)); : >\"$PLUGIN_SCRATCH/$i\"; done",
        "sleep 1000");
    add("reads stdin", ok, "cat; echo '[]'");
    add("missing plugin.sh", notStarted);
    Files.delete(plugin("missing plugin.sh").resolve("plugin.sh"));
    add("not executable", notStarted, "echo '[]'");
    Files.setPosixFilePermissions(
        plugin("not executable").resolve("plugin.sh"),
        PosixFilePermissions.fromString("rw-r--r--"));
    add("no shebang", ok);
    ScriptRuns.write(plugin("no shebang").resolve("plugin.sh"), "echo '[]'");
    add(DELETES_ITSELF, ok);
  }

  private void add(String name, Predicate<RunResult> expected, String... lines) throws IOException {
    add(name, LONG, expected, lines);
  }

  private void add(String name, Duration timeout, Predicate<RunResult> expected, String... lines)
      throws IOException {
    cases.put(name, new Case("case-" + cases.size(), runs.plugin(lines), timeout, expected));
  }

  /** What each does. */
  Set<String> names() {
    return cases.keySet();
  }

  Case get(String name) {
    return Objects.requireNonNull(cases.get(name));
  }

  private Path plugin(String name) {
    return get(name).plugin();
  }

  /** Leaves a process that says its number, once it is there. */
  private static String pid(String command) {
    return "rm -f \"$PLUGIN_SCRATCH/pid\"; "
        + command
        + " & while [ ! -s \"$PLUGIN_SCRATCH/pid\" ]; do sleep 0.01; done; echo '[]'";
  }

  private static String digits() {
    return "printf '[" + METRIC + "'; head -c 5000 /dev/zero | tr '\\0' 9; printf '}]'";
  }

  private static String metrics(int count) {
    return "awk 'BEGIN { printf \"[\"; for (i = 1; i <= "
        + count
        + "; i++) printf \"%s"
        + METRIC.replace("\"", "\\\"")
        + "1}\", (i > 1 ? \",\" : \"\"); print \"]\" }'";
  }

  private static Predicate<RunResult> is(RunResult.Outcome outcome) {
    return result -> result.outcome() == outcome;
  }

  /** Makes again what a plugin deletes of itself. */
  void restore(String name) throws IOException {
    if (name.equals(DELETES_ITSELF)) {
      Path plugin = plugin(name);
      Files.createDirectories(plugin);
      ScriptRuns.write(
          plugin.resolve("plugin.sh"),
          "#!/bin/sh",
          "rm -rf \"$PWD\"/* \"$PWD\" 2>/dev/null; echo '[]'");
      Files.setPosixFilePermissions(plugin, PosixFilePermissions.fromString("rwxrwxrwx"));
    }
  }
}
