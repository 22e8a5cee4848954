package io.loda.agent.source.script.kept;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.loda.agent.config.PluginsConfig;
import io.loda.agent.source.script.KeptServices;
import io.loda.agent.source.script.ScriptRuns;
import io.loda.agent.source.script.process.GroupLimits;
import io.loda.agent.source.script.process.RunGroups;
import io.loda.agent.source.script.result.RunResult;
import io.loda.agent.source.script.system.ProcessStat;
import io.loda.agent.source.script.system.ProcessUser;
import java.nio.file.Files;
import java.nio.file.Path;
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

  private KeptServices services;

  @BeforeEach
  void start() throws Exception {
    begin();
    services.allow();
  }

  private void begin() throws Exception {
    services = new KeptServices(folder, FIRST, new PluginsConfig(folder.resolve("data")));
  }

  @AfterEach
  void stop() {
    if (services != null) {
      services.close();
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

    services.runs.close();
    begin();

    assertThat(alive()).containsExactly(service);
    assertThat(run(false, "echo '[]'").ok()).isTrue();
    assertThat(alive()).containsExactly(service);
    assertThat(ProcessUser.realUid(ProcessStat.folder(service))).isEqualTo(uid);
    services.allow();
    assertThat(alive()).containsExactly(service);

    // once it may keep nothing any more
    services.allow("other");
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
  void whatIsThereOfAnotherRepositoryIsEnded() throws Exception {
    assertThat(run(true, SERVICE).usage().kept()).isEqualTo(1);

    services.allow(Set.of(new Keeper("ns|demo", "git@git.example:ops/fork/demo.git", true)));

    await().atMost(ScriptRuns.DEADLINE).until(() -> alive().isEmpty());
  }

  @Test
  void ofADisabledPluginItIsEnded() throws Exception {
    assertThat(run(true, SERVICE).usage().kept()).isEqualTo(1);

    services.allow(Set.of(new Keeper("ns|demo", KeptServices.REPOSITORY, false)));

    await().atMost(ScriptRuns.DEADLINE).until(() -> alive().isEmpty());
    assertThat(run(true, SERVICE).usage().whyNotKept()).isEqualTo("the plugin is disabled");
    assertThat(alive()).isEmpty();
  }

  @Test
  void whatAFileNamesThatIsNoneOfThoseIsLeftAlone() throws Exception {
    assertThat(run(true, SERVICE).usage().kept()).isEqualTo(1);
    long service = service();
    Path group = Path.of("/sys/fs/cgroup/unified" + group(service).substring("0::".length()));
    assumeTrue(Files.isDirectory(group), "the control groups are elsewhere here");
    Path foreign = Files.createDirectory(group.resolveSibling("foreign-" + service));
    Process other = new ProcessBuilder("sleep", "1000").start();
    try {
      Files.writeString(foreign.resolve("cgroup.procs"), Long.toString(other.pid()));
      Path file = folder.resolve("data/.kept");
      Files.writeString(file, "ns|demo\t" + foreign + "\nns|demo\t" + group + "\n");
      services.runs.close();

      begin();

      // a line without a repository is of a run that wasn't over
      await().atMost(ScriptRuns.DEADLINE).until(() -> alive().isEmpty());
      assertThat(other.isAlive()).isTrue();
      assertThat(Files.readString(file)).isEmpty();
    } finally {
      other.destroyForcibly();
      other.waitFor();
      await().atMost(ScriptRuns.DEADLINE).until(() -> foreign.toFile().delete());
    }
  }

  @Test
  void withoutControlGroupsItIsEnded() throws Exception {
    services.close();
    services =
        new KeptServices(
            folder,
            FIRST,
            new PluginsConfig(folder.resolve("data")),
            new RunGroups((Path) null, GroupLimits.NONE));

    RunResult result = run(true, SERVICE);

    assertThat(result.usage().kept()).isZero();
    assertThat(result.usage().leftovers()).isEqualTo(1);
    assertThat(result.usage().whyNotKept()).isEqualTo("this host has no control group for them");
    assertThat(alive()).isEmpty();
  }

  private RunResult run(boolean keep, String... lines) throws Exception {
    return services.run(keep, lines);
  }

  private long service() {
    List<Long> all = alive();
    assertThat(all).hasSize(1);
    return all.get(0);
  }

  private List<Long> alive() {
    return services.alive();
  }

  private static String group(long pid) throws Exception {
    return Files.readString(Path.of("/proc", Long.toString(pid), "cgroup"))
        .lines()
        .filter(line -> line.startsWith("0::"))
        .findFirst()
        .orElseThrow();
  }
}
