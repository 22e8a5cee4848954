package io.loda.server.store.dump;

import static io.loda.server.metric.Metric.counter;
import static io.loda.server.metric.Metric.gauge;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.loda.server.metric.Batch;
import io.loda.server.metric.Kind;
import io.loda.server.metric.Metric;
import io.loda.server.store.MetricStore;
import io.loda.server.store.MetricStoreContract;
import io.vertx.core.Vertx;
import io.vertx.core.WorkerExecutor;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a store with a dump does on a real disk, whatever its interval. */
abstract class DumpStoreContract extends MetricStoreContract {

  @TempDir private Path folder;

  private final Vertx vertx = Vertx.vertx();
  private final WorkerExecutor worker = vertx.createSharedWorkerExecutor("dump", 1);

  abstract Duration interval();

  @Override
  protected MetricStore create() {
    return create(true);
  }

  private MetricStore create(boolean restore) {
    return new DumpStore(
        new DumpSettings(dump(), interval(), restore, 64 << 20, 16 << 20, 1 << 20),
        Clock.systemUTC(),
        vertx,
        worker);
  }

  @AfterEach
  void closeVertx() {
    await(store().close());
    await(vertx.close());
  }

  final Path dump() {
    return folder.resolve("metrics-db.json");
  }

  /** The names in the dump's folder that go on from the dump's. */
  final List<String> besides() throws Exception {
    try (Stream<Path> files = Files.list(folder)) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }

  private MetricStore again(boolean restore) {
    await(store().close());
    MetricStore again = create(restore);
    await(again.open());
    return again;
  }

  @Test
  void hasAllAfterAStop() {
    update("key", gauge("a", 0.1 + 0.2), counter("größe \"雪\\", Long.MIN_VALUE));
    List<Metric> answer = update("other", counter("c", 1));
    update(counter("c", 1));
    List<MetricStore.Listed> before = await(store().list(null, 10));

    MetricStore again = again(true);
    assertThat(await(again.list(null, 10))).isEqualTo(before);
    assertThat(await(again.update(Batch.of(List.of(counter("c", 1)), "other")))).isEqualTo(answer);
    assertThat(await(again.find(counter("c", 0).id()))).contains(counter("c", 2));
    await(again.close());
  }

  @Test
  void leavesOneFileThatOnlyItsUserReads() throws Exception {
    update(counter("a", 1));
    await(store().close());

    assertThat(besides()).containsExactly("metrics-db.json", "metrics-db.json.lock");
    for (String name : besides()) {
      assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(folder.resolve(name))))
          .isEqualTo("rw-------");
    }
  }

  @Test
  void keepsAsideWhatItIsToldNotToRestore() throws Exception {
    update(counter("a", 1));
    await(store().close());
    String before = Files.readString(dump());

    MetricStore again = again(false);
    assertThat(await(again.find(counter("a", 0).id()))).isEmpty();
    await(again.update(Batch.of(List.of(counter("b", 1)), null)));
    await(again.close());
    String old =
        besides().stream().filter(name -> name.contains(".old-")).findFirst().orElseThrow();
    assertThat(Files.readString(folder.resolve(old))).isEqualTo(before);
    assertThat(Files.readString(dump())).contains("\"b\"").doesNotContain("\"a\"");
  }

  @Test
  void aSecondStoreIsRefusedAndSaysWhoHasTheDump() {
    MetricStore second = create(true);
    assertThatThrownBy(() -> await(second.open()))
        .hasMessageContaining("is in use by the server with pid " + ProcessHandle.current().pid());
    await(second.close());
    // the first one still has it
    update(counter("a", 1));
    assertThat(find(Kind.COUNTER, "a")).isEqualTo(counter("a", 1));
  }

  @Test
  void whatIsAskedAfterTheStopFails() {
    await(store().close());
    assertThatThrownBy(() -> update(counter("a", 1))).hasMessageContaining("isn't open");
    assertThatThrownBy(() -> await(store().ping())).hasMessageContaining("isn't open");
  }

  /** Of another server's making, in each of the two forms. */
  @Test
  void takesOthersDumps() throws Exception {
    for (String dump :
        List.of(
            """
            {"type":"gauge","name":"a","value":"1.5"}
            {"type":"counter","name":"a","value":"7"}
            """,
            """
             [{"id":"a","type":"gauge","value":1.5},
            {"id":"a","type":"counter","delta":7}]
            """)) {
      await(store().close());
      Files.writeString(dump(), dump);
      MetricStore again = create(true);
      await(again.open());
      assertThat(await(again.list(null, 9)))
          .extracting(MetricStore.Listed::metric)
          .containsExactly(gauge("a", 1.5), counter("a", 7));
      await(again.update(Batch.of(List.of(counter("a", 1)), null)));
      await(again.close());
      MetricStore third = create(true);
      await(third.open());
      assertThat(await(third.find(counter("a", 0).id()))).contains(counter("a", 8));
      await(third.close());
      assertThat(besides()).containsExactly("metrics-db.json", "metrics-db.json.lock");
    }
  }

  @Test
  void anEmptyFileIsAnEmptyStore() throws Exception {
    await(store().close());
    Files.write(dump(), new byte[0]);
    MetricStore again = again(true);
    assertThat(await(again.list(null, 9))).isEmpty();
    await(again.close());
    assertThat(besides()).noneMatch(name -> name.contains(".bad-"));
  }

  @Test
  void aForeignFileIsKeptAside() throws Exception {
    await(store().close());
    String foreign = "root:x:0:0::/root:/bin/sh\n";
    Files.writeString(dump(), foreign);
    MetricStore again = again(true);
    await(again.update(Batch.of(List.of(counter("b", 1)), null)));
    await(again.close());
    String bad =
        besides().stream().filter(name -> name.contains(".bad-")).findFirst().orElseThrow();
    assertThat(Files.readString(folder.resolve(bad))).isEqualTo(foreign);
  }

  @Test
  void refusesWhatIsNoFile() throws Exception {
    await(store().close());
    Files.deleteIfExists(dump());
    for (ThrowingRunnable make :
        List.<ThrowingRunnable>of(
            () -> Files.createDirectory(dump()),
            () -> Files.createSymbolicLink(dump(), folder.resolve("elsewhere")),
            () -> new ProcessBuilder("mkfifo", dump().toString()).start().waitFor())) {
      make.run();
      MetricStore refused = create(true);
      assertThatThrownBy(() -> await(refused.open())).hasMessageContaining("expected a file");
      await(refused.close());
      Files.delete(dump());
    }
    assertThat(besides()).containsExactly("metrics-db.json.lock");
  }

  private interface ThrowingRunnable {
    void run() throws Exception;
  }

  /** As it is while the server runs. */
  final @Nullable String content() throws Exception {
    return Files.exists(dump()) ? Files.readString(dump()) : null;
  }
}
