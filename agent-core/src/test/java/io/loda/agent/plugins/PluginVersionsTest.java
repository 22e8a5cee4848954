package io.loda.agent.plugins;

import static io.loda.agent.registry.Futures.await;
import static io.loda.agent.registry.Futures.failure;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.loda.agent.assignment.Assignment;
import io.loda.agent.assignment.AssignmentParser;
import io.loda.agent.assignment.AssignmentSet;
import io.loda.agent.assignment.OutputFormat;
import io.loda.agent.assignment.Scripts;
import io.loda.agent.git.PluginUpdate;
import io.loda.agent.git.PluginVersion;
import io.loda.agent.schedule.VersionsFixture;
import io.loda.agent.source.script.result.RunResult;
import io.loda.agent.timers.Splay;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

/** What becomes of a plugin's versions while the scheduler runs them. */
class PluginVersionsTest extends VersionsFixture {

  private final AtomicReference<Instant> now = new AtomicReference<>(Instant.now());

  @Test
  void threeFailedRunsOfANewVersionBringTheOldOneBack() throws Exception {
    String good = repository.push("release", GOOD);
    start(Map.of("plugins.breaker", "3"));
    assertThat(run().occasion().commit()).isEqualTo(good);

    String bad = update(BAD);
    run();
    run();
    assertThat(version()).isEqualTo(new PluginVersion(bad, good, ""));
    run();
    Awaitility.await().atMost(DEADLINE).until(() -> !version().rolledBack().isEmpty());
    assertThat(version()).isEqualTo(new PluginVersion(good, bad, bad));
    Awaitility.await().atMost(DEADLINE).until(() -> !status().slowed());
    assertThat(run())
        .extracting(run -> run.occasion().commit(), RunResult::ok)
        .containsExactly(good, true);

    assertThat(failure(calls().update("ns", repository.address())))
        .hasMessageContaining("rolled-back")
        .hasMessageContaining(bad);
    assertThat(version()).isEqualTo(new PluginVersion(good, bad, bad));

    String better = update(GOOD + "# better\n");
    assertThat(version()).isEqualTo(new PluginVersion(better, good, ""));
  }

  @Test
  void aPluginThatWasNotReadyIsOnceAnUpdateBringsIt() throws Exception {
    begin(Map.of(), now::get);
    await(agent.scheduler.apply(set(script())));
    Awaitility.await().atMost(DEADLINE).until(() -> status().problem().contains("is empty"));

    update(GOOD);

    // without the time having passed after which it is tried again
    Awaitility.await().atMost(DEADLINE).until(() -> status().state().equals("waiting"));
    assertThat(status().problem()).isEmpty();
    assertThat(run().ok()).isTrue();
  }

  @Test
  void failuresBeforeARestartCountAfterIt() throws Exception {
    String good = repository.push("release", GOOD);
    start(Map.of());
    run();
    String bad = update(BAD);
    run();
    run();

    agent.close();
    start(Map.of());
    run();

    Awaitility.await().atMost(DEADLINE).until(() -> !version().rolledBack().isEmpty());
    assertThat(version()).isEqualTo(new PluginVersion(good, bad, bad));
  }

  @Test
  void aStreamThatWasHaltedIsStillOnTrial() throws Exception {
    String good = repository.push("release", "#!/bin/sh\necho 'a value=1'\n");
    begin(Map.of(), now::get);
    await(agent.scheduler.apply(set(stream())));
    Awaitility.await().atMost(DEADLINE).until(() -> lastRun().equals("ok of " + good));
    Path ok = Files.createFile(folder.resolve("ok"));
    String bad = update("#!/bin/sh\n[ -e " + ok + " ] && exec sleep 1000\nexit 1\n");
    Awaitility.await()
        .atMost(DEADLINE)
        .until(() -> status().state().equals("running") && version().commit().equals(bad));

    await(agent.scheduler.enable(stream(), false));
    Awaitility.await().atMost(DEADLINE).until(() -> lastRun().equals("ok of " + bad));
    Files.delete(ok);
    await(agent.scheduler.enable(stream(), true));

    Awaitility.await().atMost(DEADLINE).until(() -> !version().rolledBack().isEmpty());
    assertThat(version()).isEqualTo(new PluginVersion(good, bad, bad));
  }

  @Test
  void itIsUpdatedByItselfAndRunsAtItsOwnIntervalAtOnce() throws Exception {
    repository.push("release", BAD);
    start(Map.of("plugins.auto-update", "1h", "plugins.breaker", "1"));
    run();
    assertThat(status().slowed()).isTrue();

    Duration hour = Duration.ofHours(1);
    Duration due = Splay.of("web1", "update ns|demo", hour, requireNonNull(now.get())).plus(hour);
    timers.pass(due.minusMillis(1).minus(timers.now()));
    // or the run under way would fail after the update, and slow it again
    Awaitility.await().atMost(DEADLINE).until(() -> status().state().equals("slowed"));
    String good = repository.push("release", GOOD);

    timers.pass(Duration.ofMillis(1));

    Awaitility.await().atMost(DEADLINE).until(() -> version().commit().equals(good));
    Awaitility.await().atMost(DEADLINE).until(() -> !status().slowed());
  }

  @Test
  void withoutAutoUpdateItStaysAsItIs() throws Exception {
    String old = repository.push("release", GOOD);
    start(Map.of());
    repository.push("release", BAD);

    timers.pass(Duration.ofHours(3));

    assertThat(run().occasion().commit()).isEqualTo(old);
  }

  @Test
  void aCheckoutIsDeletedSevenDaysAfterItsAssignment() throws Exception {
    repository.push("release", GOOD);
    start(Map.of());
    Path checkout = agent.config.plugins().dir().resolve("ns/demo");
    Path mark = agent.config.plugins().dir().resolve(".removed/ns|demo");
    timers.pass(Duration.ofHours(2));
    assertThat(checkout).exists();

    await(agent.scheduler.apply(set()));
    timers.pass(Duration.ofHours(1));
    Awaitility.await().atMost(DEADLINE).until(() -> Files.exists(mark));
    assertThat(checkout).exists();

    now.updateAndGet(then -> then.plus(Duration.ofDays(7)));
    timers.pass(Duration.ofHours(1));
    Awaitility.await().atMost(DEADLINE).until(() -> !Files.exists(checkout));
  }

  @Test
  void nothingIsDeletedBeforeItIsKnownWhatIsAssigned() throws Exception {
    repository.push("release", GOOD);
    start(Map.of());
    agent.close();
    Path mark = agent.config.plugins().dir().resolve(".removed/ns|demo");

    begin(Map.of(), now::get);
    timers.pass(Duration.ofHours(2));
    // what a look began is done then
    agent.close();

    assertThat(mark).doesNotExist();
  }

  private void start(Map<String, String> keys) throws Exception {
    begin(keys, now::get);
    await(agent.scheduler.apply(set(script())));
    awaitWaiting();
  }

  private String lastRun() throws Exception {
    return await(calls().runs("ns", repository.address())).stream()
        .findFirst()
        .map(last -> last.outcome().tag() + " of " + last.occasion().commit())
        .orElse("none");
  }

  private String update(String content) throws Exception {
    String commit = repository.push("release", content);
    String before = version().commit();
    assertThat(await(calls().update("ns", repository.address())))
        .isEqualTo(new PluginUpdate(before, commit));
    return commit;
  }

  private PluginVersion version() {
    return calls().version(script());
  }

  private Assignment.Script script() {
    return Scripts.script("ns", "demo", repository.address(), "demo", List.of(), INTERVAL);
  }

  private Assignment.Script stream() {
    return new Assignment.Script(
        "ns",
        "demo",
        repository.address(),
        "demo",
        List.of(),
        INTERVAL,
        "",
        true,
        OutputFormat.AUTO,
        false);
  }

  private static AssignmentSet set(Assignment... assignments) {
    return AssignmentSet.of(
        Map.of("ns", "id"), List.of(new AssignmentParser.Parsed(List.of(assignments), List.of())));
  }
}
