package io.loda.server.store.dump;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.loda.common.files.SafeFiles;
import io.loda.server.metric.Batch;
import io.loda.server.metric.Metric;
import io.loda.server.store.MetricStore;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A real process with an interval of 0 that is killed: what it answered is there, once. */
class DumpKillIT {

  private static final int SENDERS = 16;
  private static final int KILLS = 5;

  @TempDir private Path folder;

  private static DumpStore store(Path dump, ScheduledExecutorService thread) {
    return new DumpStore(
        new DumpSettings(dump, Duration.ZERO, true, 64 << 20, 16 << 20, 1 << 20),
        20_000,
        Clock.systemUTC(),
        thread,
        (delay, task) -> {
          var unused = thread.schedule(task, delay.toMillis(), TimeUnit.MILLISECONDS);
        },
        () -> DumpFolder.take(dump, Clock.systemUTC()));
  }

  /** Counts for ever, and prints each answer: whose, and the counter. */
  public static void main(String[] arguments) throws Exception {
    DumpStore store = store(Path.of(arguments[0]), Executors.newSingleThreadScheduledExecutor());
    store.open().toCompletionStage().toCompletableFuture().get();
    for (int sender = 0; sender < SENDERS; sender++) {
      count(store, sender, Long.parseLong(arguments[1 + sender]) + 1);
    }
    new CountDownLatch(1).await();
  }

  private static void count(MetricStore store, int sender, long number) {
    Batch batch = Batch.of(List.of(Metric.counter("sender-" + sender, 1)), sender + "-" + number);
    store
        .update(batch)
        .onSuccess(
            answer -> {
              System.out.println(sender + " " + answer.get(0).bits());
              count(store, sender, number + 1);
            })
        .onFailure(
            e -> {
              e.printStackTrace();
              System.exit(1);
            });
  }

  @Test
  void eachCounterIsWhatWasAnswered() throws Exception {
    Path dump = folder.resolve("metrics-db.json");
    long[] answered = new long[SENDERS];
    for (int kill = 1; kill <= KILLS; kill++) {
      List<String> command =
          new ArrayList<>(
              List.of(
                  Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                  SafeFiles.JVM_OPTION,
                  "-Xmx128m",
                  "-cp",
                  System.getProperty("java.class.path"),
                  DumpKillIT.class.getName(),
                  dump.toString()));
      for (long count : answered) {
        command.add(Long.toString(count));
      }
      Process process =
          new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
      try (BufferedReader lines =
          new BufferedReader(new InputStreamReader(process.getInputStream(), UTF_8))) {
        int left = 1_500 * kill;
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
          if (--left == 0) {
            process.toHandle().destroyForcibly();
          }
          String[] said = line.split(" ", 2);
          if (said.length == 2 && !said[1].isEmpty()) {
            // the last line may be a part of one; its number is lower then
            int sender = Integer.parseInt(said[0]);
            long count = Long.parseLong(said[1]);
            assertThat(count).isLessThanOrEqualTo(answered[sender] + 1);
            answered[sender] = Math.max(answered[sender], count);
          }
        }
        assertThat(left).as("the process ended before it was killed").isNotPositive();
      }
      process.waitFor();
    }
    ScheduledExecutorService thread = Executors.newSingleThreadScheduledExecutor();
    DumpStore store = store(dump, thread);
    store.open().toCompletionStage().toCompletableFuture().get();
    for (int sender = 0; sender < SENDERS; sender++) {
      // whose answer was lost sends it again
      long next = answered[sender] + 1;
      Batch batch = Batch.of(List.of(Metric.counter("sender-" + sender, 1)), sender + "-" + next);
      assertThat(store.update(batch).toCompletionStage().toCompletableFuture().get())
          .containsExactly(Metric.counter("sender-" + sender, next));
    }
    store.close().toCompletionStage().toCompletableFuture().get();
    thread.shutdown();
  }
}
