package io.loda.agent.source.script;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.sun.management.ThreadMXBean;
import io.loda.agent.assignment.Assignment;
import io.loda.agent.assignment.OutputFormat;
import io.loda.agent.config.PluginsConfig;
import io.loda.agent.plugin.Metric;
import io.loda.agent.source.Batch;
import io.loda.agent.source.Collected;
import io.loda.agent.source.PluginRun;
import io.loda.agent.source.StreamingSource;
import io.loda.agent.telemetry.Counters;
import io.loda.agent.telemetry.Discards;
import io.vertx.core.Future;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class StreamSourceTest implements StreamingSource.Listener {

  private static final Duration NEVER = Duration.ofDays(1);
  private static final StreamBackoff SOON =
      new StreamBackoff(Duration.ofMillis(1), Duration.ofMillis(10), NEVER);

  private static final StreamBackoff ONCE = new StreamBackoff(NEVER, NEVER, NEVER);

  private final Counters counters = new Counters();
  private final Discards discards = new Discards(counters, System::nanoTime);
  private final List<Batch> given = new CopyOnWriteArrayList<>();
  private final List<String> well = new CopyOnWriteArrayList<>();
  private final List<Collected> ends = new CopyOnWriteArrayList<>();
  private final List<StreamSource> sources = new CopyOnWriteArrayList<>();
  private ScriptRuns runs;
  private Path folder;

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

  @Test
  void eachLineIsDeliveredWhileItRuns() throws Exception {
    Path go = runs.scratch().resolve("go");
    StreamSource source =
        stream(
            SOON,
            "echo 'a,t=v value=1'",
            "until [ -e " + go + " ]; do sleep 0.05; done",
            "echo 'b value=2'",
            "sleep 1000");

    awaitMetrics("a");
    assertThat(given)
        .containsExactly(
            new Batch(
                "my.ns",
                "PLUGIN.demo.",
                List.of(new Metric("a", 0, java.util.Map.of("t", "v"), 1.0))));
    assertThat(source.isRunning()).isTrue();
    Files.createFile(go);

    awaitMetrics("a", "b");
    assertThat(ends).isEmpty();
  }

  @Test
  void isStartedAgainWhenItEndsAndEachEndIsARun() throws Exception {
    stream(SOON, "echo '{\"name\":\"a\",\"value\":1}'; echo why >&2; exit 3");

    await().atMost(ScriptRuns.DEADLINE).until(() -> ends.size() >= 3);
    assertThat(given.size()).isGreaterThanOrEqualTo(3);
    Collected end = ends.get(0);
    assertThat(end.problem()).isEqualTo("exit: ended with exit code 3");
    assertThat(end.said()).isEqualTo("why");
    assertThat(end.batches()).extracting(Batch::prefix).containsExactly("plugin.", "plugin.");
    assertThat(end.batches().get(0).metrics().get(0).tags()).containsEntry("result", "exit");
  }

  @Test
  void pausesDoubleUpToTheLongest() {
    StreamBackoff backoff = StreamBackoff.DEFAULT;
    Duration pause = backoff.first();
    List<Long> seconds = new CopyOnWriteArrayList<>();
    for (int i = 0; i < 8; i++) {
      seconds.add(pause.toSeconds());
      pause = backoff.after(pause);
    }
    assertThat(seconds).containsExactly(1L, 2L, 4L, 8L, 16L, 32L, 60L, 60L);
  }

  @Test
  void waitsBeforeItIsStartedAgain() throws Exception {
    StreamSource source = stream(new StreamBackoff(NEVER, NEVER, NEVER), "echo 'a value=1'");

    await().atMost(ScriptRuns.DEADLINE).until(() -> ends.size() == 1);
    await().atMost(ScriptRuns.DEADLINE).until(() -> !source.isRunning());
    // halted while it waits, it is there no more
    ScriptRuns.await(source.halt());
    await().atMost(ScriptRuns.DEADLINE).until(() -> threads().isEmpty());
    assertThat(ends).hasSize(1);
  }

  @Test
  void nothingGoodIsBadOutput() throws Exception {
    stream(SOON, "echo hello");

    await().atMost(ScriptRuns.DEADLINE).until(() -> !ends.isEmpty());
    assertThat(ends.get(0).problem())
        .isEqualTo(
            "bad-output: standard output: expected metrics, found none that is good among 1; line"
                + " 1, column 6: expected a field, found the end of the line");
    assertThat(counters.get("points.discarded.plugin-output")).isPositive();
  }

  @Test
  void haltEndsAllThatItStarted() throws Exception {
    StreamSource source =
        stream(
            SOON,
            "trap '' TERM",
            "setsid sleep 1000 &",
            "(setsid sleep 1000 & sleep 1000) &",
            "echo 'a value=1'",
            "while :; do sleep 1; done");
    awaitMetrics("a");
    assertThat(runs.alive()).isNotEmpty();

    ScriptRuns.await(source.halt());

    assertThat(runs.alive()).isEmpty();
    assertThat(source.isRunning()).isFalse();
    await().atMost(ScriptRuns.DEADLINE).until(() -> threads().isEmpty());
    assertThat(ends).hasSize(1);
    assertThat(ends.get(0).problem()).isEmpty();
    assertThat(ends.get(0).run())
        .extracting(PluginRun::result, PluginRun::halted, PluginRun::detail)
        .containsExactly(
            "ok",
            true,
            "ended because the agent stops, or the plugin was disabled, changed or taken away");
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void whatItHidIsEndedAndCountedWithIt(boolean grouped) throws Exception {
    try (ScriptRuns other =
        new ScriptRuns(
            folder,
            new PluginsConfig(folder.resolve("other")),
            grouped ? new RunGroups() : new RunGroups(null))) {
      Path pids = other.scratch().resolve("pids");
      // neither their session nor their environment is the run's
      String hidden = "env -i setsid sh -c 'echo $$ >>" + pids + "; exec sleep 1000' &";
      Path go = other.scratch().resolve("go");
      Path plugin =
          other.plugin(
              hidden,
              hidden,
              "i=0; while [ $i -lt 300000 ]; do i=$((i + 1)); done",
              "echo 'a value=1'; echo 'b value=2'; echo 'bad value=x'",
              "until [ -e " + go + " ]; do sleep 0.05; done");
      StreamSource source = source(other.runner, () -> plugin, false, ONCE);
      sources.add(source);
      source.start(this);
      await().atMost(ScriptRuns.DEADLINE).until(() -> lines(pids) == 2);
      awaitMetrics("a", "b");

      Files.createFile(go);

      await().atMost(ScriptRuns.DEADLINE).until(() -> !ends.isEmpty());
      ScriptRuns.await(source.halt());
      assertThat(Files.readAllLines(pids)).noneMatch(StreamSourceTest::isAlive);
      PluginRun run = Objects.requireNonNull(ends.get(0).run());
      assertThat(run.result()).isEqualTo("ok");
      assertThat(run.leftovers()).isEqualTo(2);
      assertThat(run.points()).isEqualTo(2);
      assertThat(run.refused()).isEqualTo(1);
      assertThat(run.firstRefused()).singleElement().asString().startsWith("line 3, ");
      assertThat(run.cpuMillis()).isPositive();
      assertThat(run.maxRssKilobytes()).isPositive();
      assertThat(ends.get(0).batches().get(0).metrics().get(0).fields())
          .containsEntry("points", 2L)
          .containsEntry("refused", 1L);
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void isCagedAsOtherRunsAre(boolean grouped) throws Exception {
    try (ScriptRuns other =
        new ScriptRuns(
            folder,
            new PluginsConfig(folder.resolve("other")),
            grouped ? new RunGroups() : new RunGroups(null))) {
      Path plugin =
          other.plugin(
              "nice >&2; ionice >&2; umask >&2; ulimit -n >&2; ulimit -t >&2",
              "touch \"$PLUGIN_SCRATCH/here\" && echo scratch >&2",
              "[ \"$(cut -d' ' -f6 /proc/self/stat)\" = $$ ] && echo session >&2");
      StreamSource source = source(other.runner, () -> plugin, false, ONCE);
      sources.add(source);
      source.start(this);

      await().atMost(ScriptRuns.DEADLINE).until(() -> !ends.isEmpty());
      ScriptRuns.await(source.halt());
      PluginRun run = Objects.requireNonNull(ends.get(0).run());
      assertThat(run.stderr().lines())
          .containsExactly("10", "idle", "0022", "256", "315360000", "scratch", "session");
    }
  }

  @Test
  void mayBeStartedAgainAfterAHalt() throws Exception {
    StreamSource source = stream(SOON, "echo 'a value=1'; exec sleep 1000");
    awaitMetrics("a");

    Future<Void> halted = source.halt();
    source.start(this);
    ScriptRuns.await(halted);
    awaitMetrics("a", "a");

    ScriptRuns.await(source.halt());
    source.start(this);
    awaitMetrics("a", "a", "a");
    assertThat(runs.alive()).hasSize(1);
  }

  @Test
  void endOfTheRunnerEndsIt() throws Exception {
    stream(SOON, "echo 'a value=1'; sleep 1000 & wait");
    awaitMetrics("a");

    ScriptRuns.await(runs.runner.close());

    assertThat(runs.alive()).isEmpty();
    await().atMost(ScriptRuns.DEADLINE).until(() -> threads().isEmpty());
    // a stop of the agent is no failure of the plugin
    assertThat(ends).extracting(Collected::problem).containsExactly("");
  }

  @Test
  void floodWithoutALineBreakTakesLittleMemory() throws Exception {
    Path plugin =
        runs.plugin("head -c 200000000 /dev/zero | tr '\\000' x", "echo", "echo 'a value=1'");
    try (ScriptRuns large =
        new ScriptRuns(
            folder, new PluginsConfig(folder.resolve("large")).maxOutputBytes(8 << 20))) {
      StreamSource source = source(large.runner, () -> plugin, false, SOON);
      sources.add(source);
      ThreadMXBean beans = (ThreadMXBean) ManagementFactory.getThreadMXBean();
      source.start(this);
      await().atMost(ScriptRuns.DEADLINE).until(() -> !threads().isEmpty());
      long id = threads().get(0).getId();

      awaitMetrics("a");

      // all that it ever allocated, so also all that it can have held
      assertThat(beans.getThreadAllocatedBytes(id)).isLessThan(60L << 20);
      assertThat(counters.get("points.discarded.plugin-output")).isPositive();
      ScriptRuns.await(source.close());
      assertThat(large.alive()).isEmpty();
    }
  }

  @Test
  void newVersionOfTheCheckoutIsStarted() throws Exception {
    Path link = folder.resolve("link");
    Files.createSymbolicLink(link, runs.plugin("echo 'old value=1'; exec sleep 1000"));
    Path next = runs.plugin("echo 'new value=1'; exec sleep 1000");
    // no pause: an update is no failure
    open(() -> ScriptSource.version(link), true, new StreamBackoff(NEVER, NEVER, NEVER));
    awaitMetrics("old");

    Files.createSymbolicLink(folder.resolve("link.new"), next);
    Files.move(folder.resolve("link.new"), link, java.nio.file.StandardCopyOption.ATOMIC_MOVE);

    awaitMetrics("old", "new");
    assertThat(runs.alive()).hasSize(1);
    assertThat(ends).hasSize(1);
    assertThat(ends.get(0).problem()).isEmpty();
    assertThat(ends.get(0).run())
        .extracting(PluginRun::halted, PluginRun::detail)
        .containsExactly(true, "ended to begin anew with another version");
  }

  @Test
  void aWhileThatItRanWellIsTold() throws Exception {
    Path version = folder.resolve("ns/.versions/demo");
    Files.createDirectories(version);
    Path commit = Files.move(runs.plugin("exec sleep 1000"), version.resolve("c0ffee"));
    open(
        () -> commit,
        false,
        new StreamBackoff(Duration.ofMillis(1), Duration.ofMillis(10), Duration.ofMillis(1)));

    await().atMost(ScriptRuns.DEADLINE).until(() -> !well.isEmpty());
    assertThat(well).containsExactly("c0ffee");
    assertThat(ends).isEmpty();
  }

  @Test
  void thereIsABoundForStreams() throws Exception {
    Path plugin = runs.plugin("exit 0");
    for (int i = 0; i < 64; i++) {
      sources.add(source(runs.runner, () -> plugin, false, SOON));
    }
    assertThat(
            org.assertj.core.api.Assertions.catchThrowable(
                () -> source(runs.runner, () -> plugin, false, SOON)))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("expected at most 64 streams on a host, found more");
    ScriptRuns.await(sources.remove(0).close());
    sources.add(source(runs.runner, () -> plugin, false, SOON));
  }

  /** Not as one that has ended and that init hasn't looked at yet. */
  private static boolean isAlive(String pid) {
    try {
      return !ProcessStat.read(ProcessStat.folder(Long.parseLong(pid))).ended();
    } catch (java.io.IOException e) {
      return false;
    }
  }

  private static long lines(Path file) throws Exception {
    return Files.exists(file) ? Files.readAllLines(file).size() : 0;
  }

  private StreamSource stream(StreamBackoff backoff, String... lines) throws Exception {
    Path plugin = runs.plugin(lines);
    return open(() -> plugin, false, backoff);
  }

  private StreamSource open(Callable<Path> plugin, boolean watched, StreamBackoff backoff) {
    StreamSource source = source(runs.runner, plugin, watched, backoff);
    sources.add(source);
    source.start(this);
    return source;
  }

  private StreamSource source(
      ScriptRunner runner, Callable<Path> plugin, boolean watched, StreamBackoff backoff) {
    return new StreamSource(
        new StreamRun.Plugin(script(), runner, plugin, watched, discards), backoff);
  }

  private void awaitMetrics(String... names) {
    await()
        .atMost(ScriptRuns.DEADLINE)
        .untilAsserted(
            () ->
                assertThat(given)
                    .flatExtracting(Batch::metrics)
                    .extracting(Metric::name)
                    .containsExactly(names));
  }

  private List<Thread> threads() {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> thread.getName().equals("stream my.ns|demo"))
        .toList();
  }

  private static Assignment.Script script() {
    return new Assignment.Script(
        "my.ns",
        "demo",
        "path:x",
        "demo",
        List.of(),
        Duration.ofSeconds(60),
        "",
        true,
        OutputFormat.AUTO);
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
