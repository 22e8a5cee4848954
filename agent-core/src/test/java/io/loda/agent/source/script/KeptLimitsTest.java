package io.loda.agent.source.script;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.loda.agent.config.PluginsConfig;
import io.loda.agent.source.script.result.RunResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What runs on when its run has ended takes no more of the host than a run may. */
class KeptLimitsTest {

  private static final long FIRST = 57_000 + ProcessHandle.current().pid() % 900;
  private static final String TOO_MUCH = "head -c 8000000 /dev/zero >";

  @TempDir private Path folder;
  private final String name = "kept-" + UUID.randomUUID();
  private final Deque<KeptServices> started = new ArrayDeque<>();

  private KeptServices start(PluginsConfig config) throws Exception {
    started.push(new KeptServices(folder, FIRST, config));
    return started.element().allow();
  }

  private PluginsConfig config() {
    return new PluginsConfig(folder.resolve("data")).maxScratchBytes(4 << 20);
  }

  @AfterEach
  void stop() {
    if (!started.isEmpty()) {
      // those before were left to the next
      started.element().close();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"/dev/shm/", "/tmp/", "/var/tmp/"})
  void whatWritesTooMuchWhereEverybodyMayIsEndedAndTheFileGoes(String place) throws Exception {
    Path file = Path.of(place + name);
    KeptServices services = start(config());
    services.startService(TOO_MUCH + file + "; exec sleep 1000");
    services.begin();

    await().atMost(ScriptRuns.DEADLINE).until(() -> services.alive().isEmpty());
    await().atMost(ScriptRuns.DEADLINE).until(() -> !Files.exists(file));
  }

  @Test
  void whatWritesTooMuchIntoItsScratchFolderIsEndedAndTheFolderEmptied() throws Exception {
    KeptServices services = start(config());
    services.startService(TOO_MUCH + "\"$PLUGIN_SCRATCH/big\"; exec sleep 1000");
    services.begin();

    await().atMost(ScriptRuns.DEADLINE).until(() -> services.alive().isEmpty());
    await()
        .atMost(ScriptRuns.DEADLINE)
        .untilAsserted(() -> assertThat(services.scratch()).isEmptyDirectory());
  }

  @Test
  void whatHoldsTooMuchInFilesThatItDeletedIsEnded() throws Exception {
    KeptServices services = start(config());
    services.startService(
        "exec 3>\"$PLUGIN_SCRATCH/big\"; rm \"$PLUGIN_SCRATCH/big\"; "
            + TOO_MUCH
            + "&3; exec sleep 1000");
    services.begin();

    await().atMost(ScriptRuns.DEADLINE).until(() -> services.alive().isEmpty());
  }

  @Test
  void whatKeepsFilesInsideOfSocketsIsEnded() throws Exception {
    assumeTrue(HiddenFiles.shownHere(), "this kernel doesn't show files in sockets: not run");
    KeptServices services = start(config());
    Path program = services.runs.scratch().resolve("hidden.py");
    ScriptRuns.write(program, HiddenFiles.PLUGIN);
    services.startService("echo x >\"$PLUGIN_SCRATCH/x\"; exec " + program);
    services.begin();

    await().atMost(ScriptRuns.DEADLINE).until(() -> services.alive().isEmpty());
    // of what ends by itself it would stay
    await()
        .atMost(ScriptRuns.DEADLINE)
        .untilAsserted(() -> assertThat(services.scratch()).isEmptyDirectory());
  }

  @Test
  void whatMayBeKeptNoMoreTakesItsFilesAlong() throws Exception {
    Path file = Path.of("/dev/shm/" + name);
    KeptServices services = start(config());
    services.startService("echo x >" + file + "; echo x >\"$PLUGIN_SCRATCH/x\"; exec sleep 1000");
    services.begin();
    Path scratch = services.scratch().resolve("x");
    await().atMost(ScriptRuns.DEADLINE).until(() -> Files.exists(scratch));

    services.allow("other");

    await().atMost(ScriptRuns.DEADLINE).until(() -> services.alive().isEmpty());
    await().atMost(ScriptRuns.DEADLINE).until(() -> !Files.exists(file) && !Files.exists(scratch));
  }

  @Test
  void whatEndsByItselfLeavesItsScratchFolderOnly() throws Exception {
    Path file = Path.of("/dev/shm/" + name);
    KeptServices services = start(config());
    services.startService("echo x >" + file + "; echo x >\"$PLUGIN_SCRATCH/x\"");
    services.begin();

    await().atMost(ScriptRuns.DEADLINE).until(() -> services.alive().isEmpty());
    await().atMost(ScriptRuns.DEADLINE).until(() -> !Files.exists(file));
    assertThat(services.scratch().resolve("x")).exists();
  }

  @Test
  void itsProcessesAreNotTheNextRuns() throws Exception {
    KeptServices services = start(config().limits(KeptServices.limits(12)));
    services.startService("for i in 1 2 3 4 5 6 7 8 9; do sleep 1000 & done; wait");
    services.begin();
    await().atMost(ScriptRuns.DEADLINE).until(() -> services.alive().size() == 10);

    RunResult next = services.run(false, "for i in 1 2 3 4 5 6 7 8; do sleep 0.2 & done; wait");

    assertThat(next.ok()).as("%s %s", next.detail(), next.stderr()).isTrue();
    assertThat(services.alive()).hasSize(10);
  }

  @Test
  void aRunBesideItHasNoMoreProcessesThanAnother() throws Exception {
    KeptServices services = start(config().limits(KeptServices.limits(12)));
    services.startService("exec sleep 1000");
    services.begin();

    RunResult next =
        services.run(
            false, "for i in $(seq 15); do sleep 1000 & done; echo many >&2; sleep 1000; exit 0");

    assertThat(next.outcome()).isEqualTo(RunResult.Outcome.EXIT);
    assertThat(next.detail()).contains("plugins.limits.processes");
    // the shell that waited to begin has become it
    await().atMost(ScriptRuns.DEADLINE).until(() -> services.alive().size() == 1);
  }

  @Test
  void eachThreadIsAProcess() throws Exception {
    KeptServices services = start(config());
    services.startService(
        "exec /usr/bin/python3 -c \"import threading, time; [threading.Thread(target=time.sleep,"
            + " args=(1000,)).start() for i in range(19)]\"");
    services.begin();
    await().atMost(ScriptRuns.DEADLINE).until(() -> services.threads() == 20);

    // the next agent lets it have fewer
    services.runs.close();
    KeptServices next = start(config().limits(KeptServices.limits(19)));

    await().atMost(ScriptRuns.DEADLINE).until(() -> next.alive().isEmpty());
  }
}
