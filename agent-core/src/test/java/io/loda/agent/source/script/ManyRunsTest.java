package io.loda.agent.source.script;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.loda.agent.source.script.result.RunResult;
import io.loda.agent.source.script.system.ProcessStat;
import io.vertx.core.Future;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code -Dmany.runs=10000} makes it as many. */
class ManyRunsTest {

  private static final int RUNS = Integer.getInteger("many.runs", 300);

  @Test
  void leaveNoProcessThreadOrDescriptor(@TempDir Path folder) throws Exception {
    try (ScriptRuns runs = new ScriptRuns(folder)) {
      List<Path> plugins =
          List.of(
              runs.plugin("echo '[{\"name\":\"a\",\"value\":1}]'"),
              runs.plugin("exit 1"),
              runs.plugin("kill -KILL $$"),
              runs.plugin("echo '['"),
              runs.plugin("setsid sleep 1000 & exit 0"),
              runs.plugin("yes & exit 0"),
              runs.plugin("yes"),
              runs.plugin("sleep 1000"),
              Files.createDirectory(folder.resolve("empty")));
      // what a first round starts may stay: the workers' threads
      round(runs, plugins, plugins.size());
      long descriptors = descriptors();
      long threads = threads();
      long children = children();
      long start = System.nanoTime();

      round(runs, plugins, RUNS);

      System.out.printf(
          "%d runs in %d s; before and after: processes %d %d, threads %d %d, descriptors %d %d%n",
          RUNS,
          Duration.ofNanos(System.nanoTime() - start).toSeconds(),
          children,
          children(),
          threads,
          threads(),
          descriptors,
          descriptors());

      assertThat(runs.alive()).isEmpty();
      await().atMost(ScriptRuns.DEADLINE).until(() -> zombies() == 0);
      await()
          .atMost(ScriptRuns.DEADLINE)
          .untilAsserted(() -> assertThat(descriptors()).isLessThanOrEqualTo(descriptors + 2));
      // they come as they are needed, 64 at the most, and end when there is nothing to do
      await()
          .atMost(ScriptRuns.DEADLINE)
          .untilAsserted(() -> assertThat(threads()).isLessThanOrEqualTo(threads + 8));
    }
  }

  private static void round(ScriptRuns runs, List<Path> plugins, int count) {
    List<Future<RunResult>> results = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      results.add(runs.start(plugins.get(i % plugins.size()), Duration.ofMillis(200)));
    }
    Future.all(results)
        .toCompletionStage()
        .toCompletableFuture()
        .orTimeout(60, java.util.concurrent.TimeUnit.MINUTES)
        .join();
  }

  private static long descriptors() throws IOException {
    try (Stream<Path> open = Files.list(Path.of("/proc/self/fd"))) {
      return open.count();
    }
  }

  /** Those of the JDK that wait for processes stay for a minute. */
  private static long threads() {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> !thread.getName().contains("process reaper"))
        .count();
  }

  private static long children() {
    return ProcessHandle.current().descendants().count();
  }

  private static long zombies() {
    return ProcessHandle.current().children().filter(ManyRunsTest::isZombie).count();
  }

  /** Not one that was looked at, and is gone, since the children were listed. */
  private static boolean isZombie(ProcessHandle child) {
    try {
      return ProcessStat.read(ProcessStat.folder(child.pid())).ended();
    } catch (IOException e) {
      return false;
    }
  }
}
