package io.loda.agent.source.script.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.loda.agent.config.PluginsConfig;
import io.loda.agent.source.script.ScriptRuns;
import io.loda.agent.source.script.result.RunResult;
import io.loda.agent.source.script.system.ProcessStat;
import io.loda.agent.source.script.system.RunMark;
import io.loda.common.files.Processes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A process whose main thread has ended is alive as long as another thread of it is. */
class MainThreadEndedTest {

  private static final long FIRST_ID = 59_000 + ProcessHandle.current().pid() % 900;
  private static final RunMark MARK = new RunMark(1_234_567_890_654_321L);

  /** It holds 64 MB, and then its main thread alone ends, as by the system call exit. */
  private static final String PROGRAM =
      "import threading, ctypes, platform, time; held = b'x' * (64 << 20);"
          + " threading.Thread(target=time.sleep, args=(1000,)).start();"
          + " ctypes.CDLL(None).syscall(60 if platform.machine() == 'x86_64' else 93, 0)";

  @TempDir private Path folder;

  @Test
  void itIsTakenForAliveAndItsEnvironmentAndMemoryAreSeen() throws Exception {
    ProcessBuilder builder = new ProcessBuilder("python3", "-c", PROGRAM);
    builder.environment().put(RunMark.VARIABLE, MARK.value());
    Process process = builder.start();
    try {
      Path there = ProcessStat.folder(process.pid());
      await().atMost(ScriptRuns.DEADLINE).until(() -> ProcessStat.read(there).state() == 'Z');
      ProcessStat stat = ProcessStat.read(there);

      assertThat(stat.ended()).isFalse();
      assertThat(Processes.runs(process.pid())).isTrue();
      assertThat(Survivor.of(process.pid()).isAlive()).isTrue();
      assertThat(new RunSigns(1, 0, MARK, RunSigns.Environments.ALL).in(there, stat))
          .isEqualTo(RunSigns.Membership.MEMBER);
      assertThat(RunMemory.exactKilobytes(List.of(process.pid()))).isGreaterThan(60_000);
    } finally {
      process.destroyForcibly();
    }
  }

  @Test
  void whoseThreadsHaveAllEndedHasEnded() throws Exception {
    // its child ends once the shell is gone, which would look at it: what it becomes doesn't
    String child = "until grep -q sleep /proc/$$/comm; do sleep 0.01; done";
    Process process =
        new ProcessBuilder("sh", "-c", "{ " + child + "; } & exec sleep 1000").start();
    try {
      await().atMost(ScriptRuns.DEADLINE).until(() -> hasEndedChild(process));
    } finally {
      process.destroyForcibly();
    }
  }

  private static boolean hasEndedChild(Process process) {
    return process
        .children()
        .anyMatch(
            child -> {
              try {
                return ProcessStat.read(ProcessStat.folder(child.pid())).ended();
              } catch (IOException e) {
                return false;
              }
            });
  }

  @ParameterizedTest
  @ValueSource(strings = {"groups", "own users", "signs"})
  void whatARunLeavesSoIsEndedAndCounted(String how) throws Exception {
    PluginsConfig config = new PluginsConfig(folder.resolve("data"));
    if (how.equals("own users")) {
      assumeTrue(ScriptRuns.ROOT, "only root gives plugins users of their own");
      config = config.userIds(FIRST_ID, FIRST_ID + 9);
    }
    try (ScriptRuns runs =
        new ScriptRuns(
            folder,
            config,
            how.equals("groups")
                ? RunGroups.limited(GroupLimits.NONE)
                : new RunGroups((Path) null, GroupLimits.NONE))) {
      Path pid = runs.scratch().resolve("pid");

      RunResult result =
          runs.script(
              "setsid python3 -c \"" + PROGRAM + "\" </dev/null >/dev/null 2>&1 &",
              "until grep -q '^State:.Z' /proc/$!/status; do sleep 0.05; done",
              "echo $! >" + pid);

      assertThat(result.ok()).as("%s", result).isTrue();
      assertThat(threads(Long.parseLong(Files.readString(pid).strip()))).isLessThan(2);
      assertThat(result.usage().leftovers()).isEqualTo(1);
    }
  }

  @Test
  void groupThatHoldsOneIsEnded() throws Exception {
    try (RunGroups groups = RunGroups.limited(GroupLimits.NONE)) {
      RunGroup group = groups.openApart();
      assumeTrue(group.exists(), "no control groups can be made here: not run");
      Process process =
          new ProcessBuilder(
                  "sh",
                  "-c",
                  "echo 0 >\"$1\"; exec python3 -c \"$2\"",
                  "sh",
                  group.entry(),
                  PROGRAM)
              .start();
      try {
        Path there = ProcessStat.folder(process.pid());
        await().atMost(ScriptRuns.DEADLINE).until(() -> ProcessStat.read(there).state() == 'Z');

        RunGroups.end(group);

        assertThat(group.isThere()).isFalse();
      } finally {
        process.destroyForcibly();
      }
    }
  }

  /** How many there are; 1 when only its remains are left, 0 when not even those. */
  private static long threads(long pid) {
    try {
      return ProcessStat.read(ProcessStat.folder(pid)).threads();
    } catch (IOException e) {
      return 0;
    }
  }
}
