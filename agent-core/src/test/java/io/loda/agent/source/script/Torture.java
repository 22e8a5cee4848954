package io.loda.agent.source.script;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.awaitility.Awaitility.await;

import io.loda.agent.config.AgentConfig;
import io.loda.agent.config.Configs;
import io.loda.agent.config.PluginsConfig;
import io.loda.agent.source.script.TortureCases.Case;
import io.loda.agent.source.script.process.GroupLimits;
import io.loda.agent.source.script.process.RunGroups;
import io.loda.agent.source.script.result.RunResult;
import io.loda.agent.source.script.system.ProcessStat;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * Plugins that misbehave, each in its own way: {@code Torture FOLDER groups|marks} runs them in a
 * process of its own, as any user, and prints what went otherwise than it should. Ends with 1 then.
 */
final class Torture {

  /** Most of them wait most of the time. */
  private static final int AT_ONCE = 4;

  private static final Duration LATE = Duration.ofMillis(1500);
  private static final int TRIES = 3;
  private static final long MEMORY_KILOBYTES = 20 * 1024;

  private final ScriptRuns runs;
  private final TortureCases cases;
  private final List<String> wrong = Collections.synchronizedList(new ArrayList<>());

  private Torture(ScriptRuns runs) throws IOException {
    this.runs = runs;
    this.cases = new TortureCases(runs);
  }

  public static void main(String[] arguments) throws Exception {
    Path folder = Files.createDirectories(Path.of(arguments[0]));
    RunGroups groups =
        arguments[1].equals("groups")
            ? RunGroups.limited(GroupLimits.NONE)
            : new RunGroups(null, GroupLimits.NONE);
    List<String> wrong;
    try (ScriptRuns runs = new ScriptRuns(folder, config(folder.resolve("data")), groups)) {
      wrong = new Torture(runs).run();
    }
    wrong.forEach(System.out::println);
    System.exit(wrong.isEmpty() ? 0 : 1);
  }

  private static PluginsConfig config(Path data) {
    AgentConfig.Limits limits =
        Configs.limits(
            Duration.ofSeconds(60), 1L << 30, 256, TortureCases.MOST_PROCESSES, 8L << 20);
    return new PluginsConfig(data).limits(limits).maxScratchBytes(64L << 20);
  }

  private List<String> run() throws Exception {
    // classes and threads that stay are no leak
    runAll();
    wrong.clear();
    Measures before = Measures.now();
    runAll();
    Measures after = Measures.now();
    long end = System.nanoTime() + ScriptRuns.DEADLINE.toNanos();
    // a thread that has done its work isn't gone at once
    while (after.threads.size() > before.threads.size() && System.nanoTime() < end) {
      after = Measures.now();
    }
    System.out.println("before " + before + ", after " + after + ", cases " + cases.names().size());
    check("all leave nothing", runs.alive().isEmpty(), runs.alive());
    check("memory", after.residentKilobytes - before.residentKilobytes <= MEMORY_KILOBYTES, before);
    check("heap", after.heapBytes - before.heapBytes <= MEMORY_KILOBYTES * 1024, before);
    // the JDK's threads that wait for processes go after a minute
    check("threads", after.threads.size() <= before.threads.size(), before);
    check("descriptors", after.descriptors <= before.descriptors, before);
    return wrong;
  }

  private void runAll() throws Exception {
    ExecutorService several = Executors.newFixedThreadPool(AT_ONCE);
    List<Future<?>> ends = new ArrayList<>();
    for (String name : cases.names()) {
      if (!name.equals(TortureCases.FORK_BOMB)) {
        ends.add(several.submit(() -> runInTime(name)));
      }
    }
    for (Future<?> end : ends) {
      end.get();
    }
    several.shutdown();
    if (!several.awaitTermination(1, TimeUnit.MINUTES)) {
      throw new IllegalStateException("threads that stay would count");
    }
    // it takes what its user may have of processes from the others
    runInTime(TortureCases.FORK_BOMB);
  }

  /** A machine that stops for a moment makes one of them late; what is wrong is so each time. */
  private Void runInTime(String name) throws IOException {
    Case torture = cases.get(name);
    Duration most = torture.timeout().plus(LATE);
    Duration took = run(name, torture);
    for (int again = 1; again < TRIES && took.compareTo(most) > 0; again++) {
      took = run(name, torture);
    }
    check(name + " takes no longer", took.compareTo(most) <= 0, took);
    return null;
  }

  private Duration run(String name, Case torture) throws IOException {
    cases.restore(name);
    Path pidFile = scratch(torture).resolve("pid");
    Files.deleteIfExists(pidFile);
    RunResult result = runs.run(torture.id(), torture.plugin(), torture.timeout());
    awaitRoom(torture);
    check(name, torture.expected().test(result), result);
    List<String> alive = runs.alive(torture.id());
    check(name + " leaves nothing", alive.isEmpty(), alive);
    if (Files.exists(pidFile)) {
      long left = Long.parseLong(Files.readString(pidFile).strip());
      check(name + " leaves nothing", hasEnded(left), left);
    }
    return result.duration();
  }

  private Path scratch(Case torture) {
    return runs.folder.resolve("data/.scratch/my.ns").resolve(torture.id());
  }

  /** What init has not looked at yet counts for its user's limit: the next case couldn't fork. */
  private void awaitRoom(Case torture) throws IOException {
    if (Files.exists(scratch(torture))) {
      Object user = Files.getAttribute(scratch(torture), "unix:uid");
      await()
          .atMost(ScriptRuns.DEADLINE)
          .until(() -> zombies(user) < TortureCases.MOST_PROCESSES / 2);
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

  private void check(String what, boolean good, Object seen) {
    if (!good) {
      wrong.add("WRONG " + what + ": " + seen);
    }
  }

  /** What the process takes. */
  private record Measures(
      long residentKilobytes, long heapBytes, List<String> threads, long descriptors) {

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
                .map(Thread::getName)
                .filter(name -> !name.contains("process reaper"))
                .sorted()
                .toList(),
            open.count());
      }
    }
  }
}
