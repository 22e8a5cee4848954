package io.loda.agent.source.script.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.loda.agent.source.script.ScriptRuns;
import io.loda.agent.source.script.system.RunMark;
import io.loda.agent.source.script.user.PluginUser;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StaleRunsTest {

  private static final String MARKED = "ulimit -m \"$PLUGIN_RUN\"; ";

  @TempDir private Path folder;
  private final List<ProcessHandle> started = new ArrayList<>();

  @AfterEach
  void end() {
    started.forEach(ProcessHandle::destroyForcibly);
  }

  /** A shell as a run's, and two processes of it, of which one has left environment and session. */
  private List<ProcessHandle> run(Path scratch, String mark, String... before) throws IOException {
    List<String> command = new ArrayList<>(List.of(before));
    command.addAll(
        List.of("sh", "-c", mark + "sleep 1000 & env -i setsid sleep 1000 & wait; echo"));
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.environment().put("PLUGIN_SCRATCH", scratch.resolve("my.ns/demo").toString());
    builder.environment().put(RunMark.VARIABLE, RunMark.random().value());
    ProcessHandle shell = builder.start().toHandle();
    started.add(shell);
    await()
        .atMost(ScriptRuns.DEADLINE)
        .until(() -> shell.children().filter(StaleRunsTest::sleeps).count() == 2);
    List<ProcessHandle> all = new ArrayList<>(shell.children().toList());
    started.addAll(all);
    all.add(shell);
    return all;
  }

  private static PluginUser user() {
    return new PluginUser("own", PluginUser.ownUid(), List.of(), "/", false);
  }

  private static boolean sleeps(ProcessHandle process) {
    return process.info().command().orElse("").endsWith("sleep");
  }

  @Test
  void whatAKilledAgentLeftIsEnded() throws Exception {
    List<ProcessHandle> left = run(folder, MARKED);

    StaleRuns.end(folder, user(), process -> false);

    await().atMost(ScriptRuns.DEADLINE).until(() -> left.stream().noneMatch(p -> p.isAlive()));
  }

  /** Its agent may be at the same path, which is another folder there. */
  @Test
  void whatRunsInAContainerIsLeftAlone() throws Exception {
    assumeTrue(ScriptRuns.ROOT, "only root can make a mount namespace: not run");
    List<ProcessHandle> others = run(folder, MARKED, "unshare", "--mount");

    StaleRuns.end(folder, user(), process -> false);

    assertThat(others).allMatch(ProcessHandle::isAlive);
  }

  @Test
  void anotherAgentsRunsAndOnesMadeByHandAreLeftAlone() throws Exception {
    List<ProcessHandle> others = run(folder.resolve("another"), MARKED);
    List<ProcessHandle> byHand = run(folder.resolve("mine"), "");

    StaleRuns.end(folder.resolve("mine"), user(), process -> false);

    assertThat(others).allMatch(ProcessHandle::isAlive);
    assertThat(byHand).allMatch(ProcessHandle::isAlive);
  }
}
