package io.loda.agent.source.script;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.loda.agent.source.Batch;
import io.loda.agent.source.Collected;
import io.loda.agent.source.script.result.RunResult;
import io.loda.agent.source.script.user.CheckoutFolder;
import io.vertx.core.Future;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import org.junit.jupiter.api.Test;

/** When a stream begins and ends. */
class StreamSourceTest extends StreamFixture {

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
  void waitsBeforeItIsStartedAgain() throws Exception {
    StreamSource source = stream(ONCE, "echo 'a value=1'");

    await().atMost(ScriptRuns.DEADLINE).until(() -> ends.size() == 1);
    await().atMost(ScriptRuns.DEADLINE).until(() -> !source.isRunning());
    // halted while it waits, it is there no more
    ScriptRuns.await(source.halt());
    await().atMost(ScriptRuns.DEADLINE).until(() -> threads().isEmpty());
    assertThat(ends).hasSize(1);
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
        .extracting(run -> run.outcome().tag(), RunResult::halted, RunResult::detail)
        .containsExactly(
            "ok",
            true,
            "ended because the agent stops, or the plugin was disabled, changed or taken away");
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
  void newVersionOfTheCheckoutIsStarted() throws Exception {
    Path link = folder.resolve("link");
    Files.createSymbolicLink(link, runs.plugin("echo 'old value=1'; exec sleep 1000"));
    Path next = runs.plugin("echo 'new value=1'; exec sleep 1000");
    // no pause: an update is no failure
    open(() -> CheckoutFolder.version(link, runs.user), true, ONCE);
    awaitMetrics("old");

    switchTo(link, next);

    awaitMetrics("old", "new");
    assertThat(runs.alive()).hasSize(1);
    assertThat(ends).hasSize(1);
    assertThat(ends.get(0).problem()).isEmpty();
    assertThat(ends.get(0).run())
        .extracting(RunResult::halted, RunResult::detail)
        .containsExactly(true, "ended to restart with another version");
  }

  @Test
  void newVersionDoesNotWaitForThePauseOfTheOld() throws Exception {
    Path link = folder.resolve("link");
    Files.createSymbolicLink(link, runs.plugin("exit 1"));
    Path next = runs.plugin("echo 'new value=1'; exec sleep 1000");
    open(() -> CheckoutFolder.version(link, runs.user), true, ONCE);
    await().atMost(ScriptRuns.DEADLINE).until(() -> ends.size() == 1);

    switchTo(link, next);

    awaitMetrics("new");
    assertThat(ends).hasSize(1);
  }

  private void switchTo(Path link, Path version) throws Exception {
    Path other = folder.resolve("link.new");
    Files.createSymbolicLink(other, version);
    Files.move(other, link, StandardCopyOption.ATOMIC_MOVE);
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
}
