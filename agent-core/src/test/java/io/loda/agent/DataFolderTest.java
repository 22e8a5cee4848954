package io.loda.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class DataFolderTest {

  private static final long OWN = ProcessHandle.current().pid();

  private Path folder;
  private Path pidFile;
  private Path plugins;

  @BeforeEach
  void folders(@TempDir Path temp) {
    folder = temp.resolve("data");
    pidFile = temp.resolve("run/agent.pid");
    plugins = temp.resolve("plugins");
  }

  @Test
  void isMadeAndHeldByOne() throws IOException {
    try (DataFolder held = take()) {
      assertThat(held).isNotNull();
      assertThat(pidFile).hasContent(Long.toString(OWN));
      assertThat(DataFolder.holder(folder)).hasValue(OWN);
      assertThatIOException()
          .isThrownBy(() -> take())
          .withMessage(
              "agent.data-dir "
                  + folder
                  + " is in use by the agent with pid "
                  + OWN
                  + "; stop it (agent stop), or configure another folder");
      assertThat(pidFile).exists();
    }
  }

  @Test
  void thePluginsFolderIsHeldByOneWhereverTheDataIs() throws IOException {
    try (DataFolder held = take()) {
      assertThat(held).isNotNull();
      Path other = folder.resolveSibling("other");
      assertThatIOException()
          .isThrownBy(() -> DataFolder.take(other, other.resolve("pid"), plugins))
          .withMessage(
              "plugins.dir "
                  + plugins
                  + " is in use by the agent with pid "
                  + OWN
                  + "; stop it (agent stop), or configure another folder");
      assertThat(DataFolder.holder(other)).isEmpty();
    }
    take().close();
  }

  @Test
  void pluginsFolderThatCannotBeMadeKeepsNobodyFromMeasuringTheHost() throws IOException {
    Files.writeString(plugins, "a file");

    take().close();
  }

  private DataFolder take() throws IOException {
    return DataFolder.take(folder, pidFile, plugins);
  }

  @Test
  void isFreeAgainOnceItsHolderIsGone() throws IOException {
    take().close();

    assertThat(pidFile).doesNotExist();
    assertThat(DataFolder.holder(folder)).isEmpty();
    take().close();
  }

  @Test
  void doesNotBelieveANumberWithoutALock() throws IOException {
    Files.createDirectories(folder);
    // also when the number is a living process's
    Files.writeString(folder.resolve("agent.lock"), OWN + "\n");
    Files.createDirectories(pidFile.getParent());
    Files.writeString(pidFile, "123456789\n");

    assertThat(DataFolder.holder(folder)).isEmpty();
    try (DataFolder held = take()) {
      assertThat(held).isNotNull();
      assertThat(pidFile).hasContent(Long.toString(OWN));
    }
  }

  @Test
  void isHeldByNobodyBeforeItIsThere() throws IOException {
    assertThat(DataFolder.holder(folder)).isEmpty();
  }

  @Test
  void saysThatItCannotBeMade() throws IOException {
    Files.writeString(folder, "a file");

    assertThatIOException()
        .isThrownBy(() -> take())
        .withMessageStartingWith("agent.data-dir: expected a folder that can be made and written")
        .withMessageContaining(folder.toString());
  }

  @Test
  void isGivenBackWhenThePidFileCannotBeWritten() throws IOException {
    Files.createDirectories(pidFile);

    assertThatIOException()
        .isThrownBy(() -> take())
        .withMessageStartingWith("agent.pid-file: expected a file that can be written, found ")
        .withMessageContaining(pidFile.toString());
    assertThat(DataFolder.holder(folder)).isEmpty();
  }
}
