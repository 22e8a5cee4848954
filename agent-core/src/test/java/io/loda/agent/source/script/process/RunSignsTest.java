package io.loda.agent.source.script.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.loda.agent.source.script.ScriptRuns;
import io.loda.agent.source.script.system.ProcessStat;
import io.loda.agent.source.script.system.RunMark;
import io.loda.agent.source.script.user.PluginUser;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

class RunSignsTest {

  private static final long UID = 2_123_456_011L;
  private static final RunMark MARK = new RunMark(1_234_567_890_123_456L);

  /** To read one's environment is to read his memory, which he can make wait for ever. */
  @Test
  void nobodysEnvironmentIsReadButOfTheRunsUser() throws Exception {
    assumeTrue(ScriptRuns.ROOT, "only root can become another user");
    PluginUser shared = new PluginUser("shared", UID, List.of(UID), "/", true);
    PluginUser exclusive = new PluginUser("own", UID, List.of(UID), "", true);
    PluginUser another = new PluginUser("another", UID + 1, List.of(UID + 1), "/", true);
    ProcessBuilder builder =
        new ProcessBuilder("setpriv", "--reuid=" + UID, "--clear-groups", "sleep", "1000");
    builder.environment().put(RunMark.VARIABLE, MARK.value());
    Process process = builder.start();
    try {
      Path folder = ProcessStat.folder(process.pid());
      await()
          .atMost(ScriptRuns.DEADLINE)
          .until(() -> Files.readString(folder.resolve("comm")).equals("sleep\n"));

      assertThat(found(shared, folder)).isEqualTo(RunSigns.Membership.MEMBER);
      assertThat(found(another, folder)).isEqualTo(RunSigns.Membership.OTHER);
      assertThat(found(exclusive, folder)).isEqualTo(RunSigns.Membership.OTHER);
    } finally {
      process.destroyForcibly();
    }
  }

  private static RunSigns.Membership found(PluginUser user, Path process) throws Exception {
    return new RunSigns(1, 0, MARK, RunSigns.Environments.of(user))
        .in(process, ProcessStat.read(process));
  }
}
