package io.loda.agent.source.script;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.loda.agent.assignment.Assignment;
import io.loda.agent.assignment.OutputFormat;
import io.loda.agent.plugin.Metric;
import io.loda.agent.source.Batch;
import io.loda.agent.source.Collected;
import io.loda.agent.source.StreamingSource;
import io.loda.agent.source.script.run.ScriptRunner;
import io.loda.agent.source.script.system.ProcessStat;
import io.loda.common.telemetry.Counters;
import io.loda.common.telemetry.Discards;
import io.loda.common.time.Backoff;
import io.vertx.core.Future;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** Streams of a test, and what they told. */
abstract class StreamFixture implements StreamingSource.StreamListener {

  static final Duration NEVER = Duration.ofDays(1);
  static final Backoff SOON = Backoff.of(Duration.ofMillis(1), Duration.ofMillis(10));
  static final Backoff ONCE = Backoff.of(NEVER, NEVER);

  final Counters counters = new Counters();
  final Discards discards = new Discards(counters, System::nanoTime);
  final List<Batch> given = new CopyOnWriteArrayList<>();
  final List<String> well = new CopyOnWriteArrayList<>();
  final List<Collected> ends = new CopyOnWriteArrayList<>();
  final List<StreamSource> sources = new CopyOnWriteArrayList<>();
  ScriptRuns runs;
  Path folder;

  @BeforeEach
  void start(@TempDir Path temporary) throws Exception {
    folder = temporary;
    runs = new ScriptRuns(folder);
  }

  @AfterEach
  void close() {
    sources.forEach(source -> ScriptRuns.await(source.close()));
    runs.close();
  }

  /** Not as one that has ended and that init hasn't looked at yet. */
  static boolean isAlive(String pid) {
    try {
      return !ProcessStat.read(ProcessStat.folder(Long.parseLong(pid))).ended();
    } catch (java.io.IOException e) {
      return false;
    }
  }

  static long lines(Path file) throws Exception {
    return Files.exists(file) ? Files.readAllLines(file).size() : 0;
  }

  StreamSource stream(Backoff backoff, String... lines) throws Exception {
    Path plugin = runs.plugin(lines);
    return open(() -> plugin, false, backoff);
  }

  StreamSource open(Callable<Path> plugin, boolean watched, Backoff backoff) {
    return begin(source(runs.runner, plugin, watched, backoff));
  }

  StreamSource begin(StreamSource source) {
    sources.add(source);
    source.start(this);
    return source;
  }

  StreamSource source(
      ScriptRunner runner, Callable<Path> plugin, boolean watched, Backoff backoff) {
    return source(runner, plugin, watched, backoff, NEVER);
  }

  StreamSource source(
      ScriptRunner runner, Callable<Path> plugin, boolean watched, Backoff backoff, Duration well) {
    return new StreamSource(
        new ScriptPlugin(script(), runner, plugin, watched, discards), backoff, well);
  }

  void awaitMetrics(String... names) {
    await()
        .atMost(ScriptRuns.DEADLINE)
        .untilAsserted(
            () ->
                assertThat(given)
                    .flatExtracting(Batch::metrics)
                    .extracting(Metric::name)
                    .containsExactly(names));
  }

  List<Thread> threads() {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> thread.getName().equals("stream my.ns|demo"))
        .toList();
  }

  static Assignment.Script script() {
    return new Assignment.Script(
        "my.ns",
        "demo",
        "path:x",
        "demo",
        List.of(),
        Duration.ofSeconds(60),
        "",
        true,
        OutputFormat.AUTO,
        false);
  }

  @Override
  public Future<Void> given(List<Batch> batches) {
    given.addAll(batches);
    return Future.succeededFuture();
  }

  @Override
  public Future<Void> well(String commit) {
    well.add(commit);
    return Future.succeededFuture();
  }

  @Override
  public Future<Void> ended(Collected run) {
    ends.add(run);
    return Future.succeededFuture();
  }
}
