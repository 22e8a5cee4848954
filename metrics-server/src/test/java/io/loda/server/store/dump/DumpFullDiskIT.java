package io.loda.server.store.dump;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.loda.server.metric.Batch;
import io.loda.server.metric.Metric;
import io.loda.server.metric.MetricId;
import io.loda.server.store.MetricStore;
import io.loda.server.store.StoreUnavailable;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.WorkerExecutor;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A real file system of 1 MiB that becomes full. Left out where none can be mounted. */
class DumpFullDiskIT {

  private static final MetricId TOTAL = Metric.counter("total", 0).id();

  @TempDir private Path folder;

  private final Vertx vertx = Vertx.vertx();
  private final WorkerExecutor worker = vertx.createSharedWorkerExecutor("dump", 1);
  private final List<DumpStore> opened = new ArrayList<>();
  private boolean mounted;
  private int keys;

  @BeforeEach
  void mount() throws Exception {
    mounted = run("mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", folder.toString());
    assumeTrue(mounted, "only root may mount a small file system to fill");
  }

  @AfterEach
  void unmount() throws Exception {
    for (DumpStore store : opened) {
      get(store.close());
    }
    get(vertx.close());
    if (mounted) {
      assertThat(run("umount", folder.toString())).isTrue();
    }
  }

  private static boolean run(String... command) throws Exception {
    return new ProcessBuilder(command).inheritIO().start().waitFor() == 0;
  }

  private DumpStore open(Duration interval) {
    DumpStore store =
        new DumpStore(
            new DumpSettings(
                folder.resolve("db.json"), interval, true, 64 << 20, 16 << 20, 1 << 20),
            Clock.systemUTC(),
            vertx,
            worker);
    opened.add(store);
    get(store.open());
    return store;
  }

  private static <T> T get(Future<T> future) {
    return future.toCompletionStage().toCompletableFuture().orTimeout(60, TimeUnit.SECONDS).join();
  }

  private List<Metric> add(MetricStore store) {
    return get(
        store.update(Batch.of(List.of(Metric.counter("total", 1)), "key-of-a-request-" + keys++)));
  }

  /** Returns the counter as it was answered last. */
  private long fill(MetricStore store) {
    long last = 0;
    while (true) {
      try {
        last = add(store).get(0).bits();
      } catch (CompletionException e) {
        assertThat(e.getCause())
            .isInstanceOf(StoreUnavailable.class)
            .hasMessageContaining("No space left");
        return last;
      }
    }
  }

  @Test
  void whatAFullDiskDoesntTakeIsRefusedUntilThereIsRoom() throws Exception {
    Files.write(folder.resolve("ballast"), new byte[900_000]);
    DumpStore store = open(Duration.ZERO);
    long answered = fill(store);

    assertThat(answered).isPositive();
    assertThat(get(store.find(TOTAL))).contains(Metric.counter("total", answered));
    assertThatThrownBy(() -> add(store)).hasMessageContaining("No space left");

    Files.delete(folder.resolve("ballast"));
    get(store.ping());
    assertThat(add(store)).containsExactly(Metric.counter("total", answered + 1));
    get(store.close());
    DumpStore again = open(Duration.ZERO);
    assertThat(get(again.find(TOTAL))).contains(Metric.counter("total", answered + 1));
    get(again.close());
  }

  @Test
  void aStopWithAFullDiskLosesNothingOfTheJournal() throws Exception {
    Files.write(folder.resolve("ballast"), new byte[900_000]);
    DumpStore store = open(Duration.ZERO);
    long answered = fill(store);
    get(store.close());

    DumpStore again = open(Duration.ZERO);
    assertThat(get(again.find(TOTAL))).contains(Metric.counter("total", answered));
    Files.delete(folder.resolve("ballast"));
    // a dump isn't tried again at once
    await()
        .until(
            () ->
                again
                    .ping()
                    .map(true)
                    .recover(e -> Future.succeededFuture(false))
                    .toCompletionStage()
                    .toCompletableFuture()
                    .get(60, TimeUnit.SECONDS));
    assertThat(add(again)).containsExactly(Metric.counter("total", answered + 1));
    get(again.close());
  }

  @Test
  void atAnIntervalAFullDiskIsNoMatterOfThoseWhoSend() throws Exception {
    Files.write(folder.resolve("ballast"), new byte[1 << 20]);
    DumpStore store = open(Duration.ofSeconds(1));
    for (int i = 0; i < 100; i++) {
      add(store);
    }
    Path next = folder.resolve("db.json");
    assertThat(next).doesNotExist();
    Files.delete(folder.resolve("ballast"));
    await().until(() -> Files.exists(next));
    get(store.close());
    DumpStore again = open(Duration.ofSeconds(1));
    assertThat(get(again.find(TOTAL))).contains(Metric.counter("total", 100));
    get(again.close());
  }
}
