package io.loda.agent.source.script.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.loda.agent.source.script.OwnJvm;
import io.loda.agent.source.script.ScriptRuns;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Two agents that share a control group, and no process numbers. */
class RunGroupsIT {

  @TempDir private Path folder;

  /** Makes groups, and says so. */
  static final class Another {

    private Another() {}

    public static void main(String[] arguments) {
      try (RunGroups groups = RunGroups.limited(GroupLimits.NONE);
          RunGroup group = groups.open()) {
        System.out.println(group.exists());
      }
    }
  }

  @Test
  void agentInAnotherPidNamespaceEndsNothingOfOurs() throws Exception {
    assumeTrue(ScriptRuns.ROOT, "only root can make a PID namespace: not run");
    try (RunGroups groups = RunGroups.limited(GroupLimits.NONE);
        RunGroup group = groups.open()) {
      assumeTrue(group.exists(), "no control groups can be made here: not run");
      Process ours =
          new ProcessBuilder(
                  "/bin/sh", "-c", "echo 0 >\"$1\"; exec sleep 1000", "sh", group.entry())
              .start();
      try {
        await().until(() -> !Files.readString(Path.of(group.entry())).isEmpty());

        Process another =
            new ProcessBuilder(
                    OwnJvm.command(
                        folder,
                        List.of("unshare", "--pid", "--fork", "--mount-proc"),
                        Another.class))
                .redirectError(folder.resolve("log").toFile())
                .start();

        assertThat(another.inputReader().readLine()).isEqualTo("true");
        assertThat(another.waitFor()).isZero();
        assertThat(ours.isAlive()).isTrue();
        assertThat(group.pids()).contains(ours.pid());
      } finally {
        ours.destroyForcibly();
        await().until(group::isEmpty);
      }
    }
  }
}
