package io.loda.agent.source.script;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@link Torture} in processes with the agent's own JVM options, as root and as another user. */
class TortureIT {

  @TempDir private Path folder;

  @Test
  void asTheTestsUserWithControlGroupsWhereTheyCanBeHad() throws Exception {
    torture(List.of(), "groups");
  }

  @Test
  void asTheTestsUserWithoutControlGroups() throws Exception {
    torture(List.of(), "marks");
  }

  @Test
  void asAnotherUser() throws Exception {
    assumeTrue(ScriptRuns.ROOT, "only root can become another user: not run");
    torture(OwnJvm.AS_ANOTHER_USER, "groups");
  }

  private void torture(List<String> become, String groups) throws Exception {
    Path said = folder.resolve("said");
    Process process =
        new ProcessBuilder(
                OwnJvm.command(
                    folder, become, Torture.class, folder.resolve("runs").toString(), groups))
            .directory(folder.toFile())
            .redirectErrorStream(true)
            .redirectOutput(said.toFile())
            .start();
    try {
      assertThat(process.waitFor(5, TimeUnit.MINUTES)).as("ends").isTrue();
    } finally {
      process.destroyForcibly();
    }
    assertThat(process.exitValue()).as(Files.readString(said)).isZero();
  }
}
