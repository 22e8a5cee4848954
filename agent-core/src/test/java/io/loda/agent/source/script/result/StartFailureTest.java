package io.loda.agent.source.script.result;

import static org.assertj.core.api.Assertions.assertThat;

import io.loda.agent.source.script.ScriptRuns;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StartFailureTest {

  private ScriptRuns runs;
  private Path plugin;

  @BeforeEach
  void start(@TempDir Path folder) throws Exception {
    runs = new ScriptRuns(folder);
    plugin = runs.plugin("echo '[]'");
  }

  @AfterEach
  void close() {
    runs.close();
  }

  @Test
  void noProgram() throws Exception {
    Files.delete(plugin.resolve("plugin.sh"));

    fails(plugin + ": expected plugin.sh or plugin in it, found neither");
  }

  @Test
  void notExecutable() throws Exception {
    Files.setPosixFilePermissions(
        plugin.resolve("plugin.sh"), PosixFilePermissions.fromString("rw-r--r--"));

    fails("plugin.sh: expected an executable file; do chmod +x and commit it");
  }

  @Test
  void linkOutOfTheFolder() throws Exception {
    Files.delete(plugin.resolve("plugin.sh"));
    Files.createSymbolicLink(plugin.resolve("plugin.sh"), Path.of("/bin/sh"));

    fails("plugin.sh: expected a file below the plugin's folder, found a link to");
  }

  @Test
  void linkToNothing() throws Exception {
    Files.delete(plugin.resolve("plugin.sh"));
    Files.createSymbolicLink(plugin.resolve("plugin.sh"), Path.of("gone"));

    fails("plugin.sh: expected a file, found a link to nothing");
  }

  @Test
  void folderInItsPlace() throws Exception {
    Files.delete(plugin.resolve("plugin.sh"));
    Files.createDirectory(plugin.resolve("plugin.sh"));

    fails("plugin.sh: expected a file, found something else");
  }

  @Test
  void interpreterThatIsNotThere() throws Exception {
    ScriptRuns.write(plugin.resolve("plugin.sh"), "#!/no/such/interpreter");

    fails("plugin.sh: expected a first line that names an interpreter of this host");
  }

  @Test
  void interpreterWithACarriageReturn() throws Exception {
    ScriptRuns.write(plugin.resolve("plugin.sh"), "#!/bin/sh\r");

    fails("look for a carriage return");
  }

  @Test
  void interpreterThatCannotBeRun() throws Exception {
    ScriptRuns.write(plugin.resolve("plugin.sh"), "#!/etc/passwd");

    fails("plugin.sh: expected a program that the plugins' user can run, found: Permission denied");
  }

  @Test
  void folderThatIsGone() throws Exception {
    Files.delete(plugin.resolve("plugin.sh"));
    Files.delete(plugin);

    fails(plugin + ": expected the plugin's folder, found none");
  }

  @Test
  void folderThatItsUserCannotEnter() throws Exception {
    Files.setPosixFilePermissions(plugin, PosixFilePermissions.fromString("rwx------"));

    if (ScriptRuns.ROOT) {
      fails("look at the modes of the file and of the folders above it");
    } else {
      assertThat(runs.run(plugin).ok()).isTrue();
    }
  }

  @Test
  void withoutAFirstLineTheShellRunsIt() throws Exception {
    ScriptRuns.write(plugin.resolve("plugin.sh"), "echo '[]'");

    assertThat(runs.run(plugin).ok()).isTrue();
  }

  @Test
  void programThatOnlySaysSoIsNoStartFailure() throws Exception {
    RunResult result =
        runs.script(
            "echo 'setpriv: failed to execute x: No such file or directory' >&2", "exit 127");

    assertThat(result.outcome()).isEqualTo(RunResult.Outcome.EXIT);
  }

  @Test
  void pluginThatDeletesItsOwnFolderFailsFromThenOn() throws Exception {
    Path inScratch = Files.createDirectory(runs.scratch().resolve("plugin"));
    ScriptRuns.write(inScratch.resolve("plugin.sh"), "#!/bin/sh", "rm -rf \"$PWD\"", "echo '[]'");
    Files.setPosixFilePermissions(inScratch, PosixFilePermissions.fromString("rwxrwxrwx"));

    assertThat(runs.run(inScratch).outcome()).isEqualTo(RunResult.Outcome.OK);
    assertThat(runs.run(inScratch).outcome()).isEqualTo(RunResult.Outcome.START_FAILED);
  }

  private void fails(String message) {
    RunResult result = runs.run(plugin);

    assertThat(result.outcome()).as(result.toString()).isEqualTo(RunResult.Outcome.START_FAILED);
    assertThat(result.detail()).contains(message);
  }
}
