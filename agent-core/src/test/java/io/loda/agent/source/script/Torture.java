package io.loda.agent.source.script;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.awaitility.Awaitility.await;

import io.loda.agent.config.AgentConfig;
import io.loda.agent.config.PluginsConfig;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Predicate;
import java.util.stream.Stream;

/**
 * Plugins that misbehave, each in its own way: {@code Torture FOLDER groups|marks} runs them in a
 * process of its own, as any user, and prints what went otherwise than it should. Ends with 1 then.
 */
final class Torture {

  private static final Duration TIMEOUT = Duration.ofSeconds(1);
  private static final Duration LONG_TIMEOUT = Duration.ofSeconds(30);
  private static final Duration LATE = Duration.ofMillis(1500);
  private static final int MOST_PROCESSES = 100;
  private static final long MEMORY_KILOBYTES = 20 * 1024;
  private static final String METRIC = "{\"name\":\"a\",\"value\":";

  private final ScriptRuns runs;
  private final Map<String, Case> cases = new LinkedHashMap<>();
  private final List<String> wrong = new ArrayList<>();
  private boolean quiet;

  /** What is run, how long it may take, and what must come of it. */
  private record Case(Path plugin, Duration timeout, Predicate<RunResult> expected) {}

  private Torture(ScriptRuns runs) throws IOException {
    this.runs = runs;
    make();
  }

  public static void main(String[] arguments) throws Exception {
    Path folder = Files.createDirectories(Path.of(arguments[0]));
    RunGroups groups =
        arguments[1].equals("groups")
            ? new RunGroups(MOST_PROCESSES)
            : new RunGroups(null, MOST_PROCESSES);
    List<String> wrong;
    try (ScriptRuns runs = new ScriptRuns(folder, config(folder.resolve("data")), groups)) {
      wrong = new Torture(runs).run();
    }
    wrong.forEach(System.out::println);
    System.exit(wrong.isEmpty() ? 0 : 1);
  }

  private static PluginsConfig config(Path data) {
    AgentConfig.Limits limits =
        new AgentConfig.Limits(Duration.ofSeconds(60), 1L << 30, 256, MOST_PROCESSES, 8L << 20);
    return new PluginsConfig(data).limits(limits).maxScratchBytes(64L << 20);
  }

  private void make() throws IOException {
    Predicate<RunResult> ok = is(RunResult.Outcome.OK);
    Predicate<RunResult> timeout = is(RunResult.Outcome.TIMEOUT);
    Predicate<RunResult> bad = is(RunResult.Outcome.BAD_OUTPUT);
    Predicate<RunResult> large = is(RunResult.Outcome.OUTPUT_TOO_LARGE);
    Predicate<RunResult> exit = is(RunResult.Outcome.EXIT);
    Predicate<RunResult> notStarted = is(RunResult.Outcome.START_FAILED);

    add("endless loop", timeout, "while :; do :; done");
    add("ignores SIGTERM", timeout, "trap '' TERM; while :; do sleep 0.1; done");
    add("prints and sleeps", timeout.and(Torture::isEmpty), "echo '[]'; sleep 1000");
    add("stops itself", timeout, "kill -STOP $$");
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
        "fork bomb",
        result -> !result.ok(),
        "bomb() { bomb & bomb & wait; }",
        "bomb 2>/dev/null",
        "sleep 1000");
    add("200 MB to stdout", large, "head -c 200000000 /dev/zero");
    add(
        "200 MB to stderr",
        LONG_TIMEOUT,
        ok.and(result -> result.stderr().length() == 64 * 1024),
        "head -c 200000000 /dev/zero | tr '\\0' x >&2");
    add("no output", ok.and(Torture::isEmpty), ":");
    add("half a JSON", bad, "printf '[" + METRIC + "'");
    add("invalid UTF-8", bad, "printf '[{\"name\":\"\\377\\376\",\"value\":1}]'");
    add("a NUL", bad, "printf '\\000'");
    add("deep nesting", bad, "head -c 500000 /dev/zero | tr '\\0' '['");
    add("huge number", Torture::isEmpty, "printf '[" + METRIC + "1e999}]'");
    add("many digits", Torture::isEmpty, digits());
    add("NaN", Torture::isEmpty, "printf '[" + METRIC + "NaN}]'");
    add(
        "40,000 metrics",
        LONG_TIMEOUT,
        ok.and(result -> result.metrics().size() == 40_000),
        metrics(40_000));
    add("100,000 metrics", LONG_TIMEOUT, large, metrics(100_000));
    add("exit 1", exit.and(result -> result.exitCode() == 1), "exit 1");
    add("killed by a signal", exit.and(r -> r.detail().equals("ended by signal 9")), "kill -9 $$");
    add("one large file", exit, "exec dd if=/dev/zero of=\"$PLUGIN_SCRATCH/x\" bs=1M 2>/dev/null");
    Predicate<RunResult> full = large.and(result -> result.detail().endsWith("; it was emptied"));
    add(
        "fills its disk quota",
        LONG_TIMEOUT,
        full,
        "i=0; while :; do i=$((i + 1))",
        "head -c 7000000 /dev/zero >\"$PLUGIN_SCRATCH/$i\" || sleep 0.1; done");
    add(
        "fills its scratch folder with files",
        LONG_TIMEOUT,
        full,
        "i=0; while :; do i=$((i + 1)); : >\"$PLUGIN_SCRATCH/$i\"; done");
    add("reads stdin", ok, "cat; echo '[]'");
    add("missing plugin.sh", notStarted);
    Files.delete(plugin("missing plugin.sh").resolve("plugin.sh"));
    add("not executable", notStarted, "echo '[]'");
    Files.setPosixFilePermissions(
        plugin("not executable").resolve("plugin.sh"),
        PosixFilePermissions.fromString("rw-r--r--"));
    add("no shebang", ok);
    ScriptRuns.write(plugin("no shebang").resolve("plugin.sh"), "echo '[]'");
    add("deletes its own folder", ok, "rm -rf \"$PWD\"/* \"$PWD\" 2>/dev/null; echo '[]'");
    Files.setPosixFilePermissions(
        plugin("deletes its own folder"), PosixFilePermissions.fromString("rwxrwxrwx"));
  }

  private void add(String name, Predicate<RunResult> expected, String... lines) throws IOException {
    add(name, TIMEOUT, expected, lines);
  }

  private void add(String name, Duration timeout, Predicate<RunResult> expected, String... lines)
      throws IOException {
    cases.put(name, new Case(runs.plugin(lines), timeout, expected));
  }

  private Path plugin(String name) {
    return Objects.requireNonNull(cases.get(name)).plugin();
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

  private static boolean isEmpty(RunResult result) {
    return result.metrics().isEmpty();
  }

  private List<String> run() throws Exception {
    // classes and threads that stay are no leak
    quiet = true;
    runAll();
    quiet = false;
    Measures before = Measures.now();
    runAll();
    Measures after = Measures.now();
    System.out.println("before " + before + ", after " + after + ", cases " + cases.size());
    check("memory", after.residentKilobytes - before.residentKilobytes <= MEMORY_KILOBYTES, before);
    check("heap", after.heapBytes - before.heapBytes <= MEMORY_KILOBYTES * 1024, before);
    // the JDK's threads that wait for processes go after a minute
    check("threads", after.threads <= before.threads, before);
    check("descriptors", after.descriptors <= before.descriptors, before);
    return wrong;
  }

  private void runAll() throws IOException {
    for (Map.Entry<String, Case> each : cases.entrySet()) {
      Case torture = each.getValue();
      if (!quiet && each.getKey().equals("deletes its own folder")) {
        restore(torture.plugin());
      }
      Files.deleteIfExists(pidFile());
      RunResult result = runs.run(torture.plugin(), torture.timeout());
      awaitRoom();
      if (quiet) {
        continue;
      }
      check(each.getKey(), torture.expected().test(result), result);
      check(
          each.getKey() + " takes no longer",
          result.duration().compareTo(torture.timeout().plus(LATE)) <= 0,
          result.duration());
      check(each.getKey() + " leaves nothing", runs.alive().isEmpty(), runs.alive());
      if (Files.exists(pidFile())) {
        long left = Long.parseLong(Files.readString(pidFile()).strip());
        check(each.getKey() + " leaves nothing", hasEnded(left), left);
      }
    }
  }

  /** What init has not looked at yet counts for its user's limit: the next case couldn't fork. */
  private void awaitRoom() throws IOException {
    Path scratch = runs.folder.resolve("data/.scratch/my.ns/demo");
    if (Files.exists(scratch)) {
      Object user = Files.getAttribute(scratch, "unix:uid");
      await().atMost(ScriptRuns.DEADLINE).until(() -> zombies(user) < MOST_PROCESSES / 2);
    }
  }

  private static int zombies(Object user) {
    int[] found = new int[1];
    ProcessStat.forEach(
        (process, stat) -> {
          try {
            if (stat.ended() && Files.getAttribute(process, "unix:uid").equals(user)) {
              found[0]++;
            }
          } catch (IOException e) {
            // it has been looked at
          }
        });
    return found[0];
  }

  /** Also when init has not looked at it yet. */
  private static boolean hasEnded(long pid) {
    try {
      return ProcessStat.read(ProcessStat.folder(pid)).ended();
    } catch (IOException e) {
      return true;
    }
  }

  private static void restore(Path plugin) throws IOException {
    Files.createDirectories(plugin);
    ScriptRuns.write(
        plugin.resolve("plugin.sh"), "#!/bin/sh", "rm -rf \"$PWD\"/* 2>/dev/null; echo '[]'");
    Files.setPosixFilePermissions(plugin, PosixFilePermissions.fromString("rwxrwxrwx"));
  }

  private Path pidFile() {
    return runs.folder.resolve("data/.scratch/my.ns/demo/pid");
  }

  private void check(String what, boolean good, Object seen) {
    if (!good) {
      wrong.add("WRONG " + what + ": " + seen);
    }
  }

  /** What the process takes. */
  private record Measures(long residentKilobytes, long heapBytes, long threads, long descriptors) {

    static Measures now() throws IOException {
      System.gc();
      String resident =
          Files.readString(Path.of("/proc/self/status"), ISO_8859_1)
              .lines()
              .filter(line -> line.startsWith("VmRSS:"))
              .findFirst()
              .orElseThrow();
      try (Stream<Path> open = Files.list(Path.of("/proc/self/fd"))) {
        return new Measures(
            Long.parseLong(resident.replaceAll("\\D", "")),
            ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed(),
            Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> !thread.getName().contains("process reaper"))
                .count(),
            open.count());
      }
    }
  }
}
