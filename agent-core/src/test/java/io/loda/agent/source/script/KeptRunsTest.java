package io.loda.agent.source.script;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.loda.agent.config.AgentConfig;
import io.loda.agent.config.PluginsConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a run on demand leaves running, and may. */
class KeptRunsTest {

  /** Other test runs on the machine have other ones. */
  private static final long FIRST = 58_000 + ProcessHandle.current().pid() % 900;

  private static final String SERVICE = "setsid sleep 1000 </dev/null >/dev/null 2>&1 &";

  @TempDir private Path folder;

  private ScriptRuns runs;

  @BeforeEach
  void start() throws Exception {
    assumeTrue(ScriptRuns.ROOT, "only root can give plugins users of their own");
    begin(new RunGroups());
    ScriptRuns.await(runs.runner.keepOnly(Set.of("ns|demo")));
  }

  private void begin(RunGroups groups) throws Exception {
    runs =
        new ScriptRuns(
            folder, new PluginsConfig(folder.resolve("data")).userIds(FIRST, FIRST + 9), groups);
    ScriptRuns.await(runs.runner.start());
    assumeTrue(
        !runs.runner.cage().contains("no control group"), "no control groups can be made here");
  }

  @AfterEach
  void stop() throws Exception {
    if (runs != null) {
      ScriptRuns.await(runs.runner.keepOnly(Set.of()));
      runs.close();
    }
  }

  @Test
  void itLivesThroughTheNextRunAndTheNextAgentAsWhoItWas() throws Exception {
    RunResult first = run(true, SERVICE, "echo '[]' ");
    assertThat(first.ok()).as(first.detail()).isTrue();
    assertThat(first.usage().kept()).isEqualTo(1);
    assertThat(first.usage().leftovers()).isZero();
    long service = service();
    long uid = ProcessUser.realUid(ProcessStat.folder(service));
    assertThat(uid).isBetween(FIRST, FIRST + 9);
    assertThat(group(service)).contains("/agent-kept.");

    // whatever else its plugin leaves is ended
    RunResult second = run(false, "setsid sleep 2000 </dev/null >/dev/null 2>&1 &");
    assertThat(second.usage().leftovers()).isEqualTo(1);
    assertThat(alive()).containsExactly(service);

    runs.close();
    begin(new RunGroups());

    assertThat(alive()).containsExactly(service);
    assertThat(run(false, "echo '[]'").ok()).isTrue();
    assertThat(alive()).containsExactly(service);
    assertThat(ProcessUser.realUid(ProcessStat.folder(service))).isEqualTo(uid);
    ScriptRuns.await(runs.runner.keepOnly(Set.of("ns|demo")));
    assertThat(alive()).containsExactly(service);

    // once it may keep nothing any more
    ScriptRuns.await(runs.runner.keepOnly(Set.of("ns|other")));
    await().atMost(ScriptRuns.DEADLINE).until(() -> alive().isEmpty());
    assertThat(run(true, SERVICE).usage().kept()).isZero();
    assertThat(alive()).isEmpty();
  }

  @Test
  void whatIsNotAllowedIsEndedAndCounted() throws Exception {
    RunResult result = run(false, SERVICE);

    assertThat(result.ok()).isTrue();
    assertThat(result.usage().kept()).isZero();
    assertThat(result.usage().leftovers()).isEqualTo(1);
    assertThat(alive()).isEmpty();
  }

  @Test
  void whatAFailedRunLeavesIsEnded() throws Exception {
    assertThat(run(true, SERVICE, "exit 3").usage().kept()).isZero();
    assertThat(run(true, SERVICE, "head -c 9000000 /dev/zero").usage().kept()).isZero();

    assertThat(alive()).isEmpty();
  }

  @Test
  void ofManyRunsThatLeaveSomethingOnlyTheFirstMayKeepIt() throws Exception {
    for (int i = 0; i < KeptRuns.MOST_OF_ONE; i++) {
      assertThat(run(true, SERVICE).usage().kept()).isEqualTo(1);
    }

    RunResult more = run(true, SERVICE);

    assertThat(more.usage().kept()).isZero();
    assertThat(more.usage().leftovers()).isEqualTo(1);
    assertThat(alive()).hasSize(KeptRuns.MOST_OF_ONE);
  }

  @Test
  void whatTakesMoreThanARunMayIsEnded() throws Exception {
    Path go = runs.scratch().resolve("go");
    run(
        true,
        "setsid sh -c 'until [ -e "
            + go
            + " ]; do sleep 0.05; done; for i in 1 2 3 4 5 6 7 8 9; do sleep 1000 & done; wait'"
            + " </dev/null >/dev/null 2>&1 &");
    KeptRuns few = new KeptRuns(runs.runner.config().dir().resolve(".kept"), limits(5));
    few.load();
    few.look();
    assertThat(alive()).isNotEmpty();

    Files.createFile(go);
    await().atMost(ScriptRuns.DEADLINE).until(() -> alive().size() > 5);
    few.look();

    await().atMost(ScriptRuns.DEADLINE).until(() -> alive().isEmpty());
  }

  @Test
  void withoutControlGroupsItIsEnded() throws Exception {
    runs.close();
    runs =
        new ScriptRuns(
            folder,
            new PluginsConfig(folder.resolve("data")).userIds(FIRST, FIRST + 9),
            new RunGroups((Path) null));
    ScriptRuns.await(runs.runner.start());

    RunResult result = run(true, SERVICE);

    assertThat(result.usage().kept()).isZero();
    assertThat(result.usage().leftovers()).isEqualTo(1);
    assertThat(alive()).isEmpty();
  }

  private AgentConfig.Limits limits(int processes) {
    AgentConfig.Limits all = runs.runner.config().limits();
    return new AgentConfig.Limits(
        all.cpu(),
        all.memoryBytes(),
        all.addressSpaceBytes(),
        all.files(),
        processes,
        all.fileSizeBytes());
  }

  private RunResult run(boolean keep, String... lines) throws Exception {
    Path plugin = runs.plugin(lines);
    return ScriptRuns.await(
        runs.runner.run(
            () -> plugin,
            new ScriptRunner.Run(
                "ns",
                "demo",
                "demo",
                List.of(),
                Duration.ZERO,
                Duration.ofSeconds(30),
                new Cancellation(),
                RunTurn.atOnce(),
                keep)));
  }

  private long service() {
    List<Long> all = alive();
    assertThat(all).hasSize(1);
    return all.get(0);
  }

  /** The processes of this test's plugins' users. */
  private static List<Long> alive() {
    List<Long> alive = new ArrayList<>();
    ProcessStat.forEach(
        (process, stat) -> {
          try {
            long uid = ProcessUser.realUid(process);
            if (!stat.ended() && uid >= FIRST && uid <= FIRST + 9) {
              alive.add(Long.valueOf(process.getFileName().toString()));
            }
          } catch (IOException e) {
            // it has ended
          }
        });
    return alive;
  }

  private static String group(long pid) throws Exception {
    return Files.readString(Path.of("/proc", Long.toString(pid), "cgroup"))
        .lines()
        .filter(line -> line.startsWith("0::"))
        .findFirst()
        .orElseThrow();
  }
}
