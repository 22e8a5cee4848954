package io.loda.agent.assembly;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import io.loda.agent.delivery.SmallDisk;
import io.loda.common.files.Trust;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** The file system of the data folder has no room, as after an agent was killed on it. */
class FullDataFolderIT extends SmallDisk {

  FullDataFolderIT() {
    super("256k");
  }

  @Test
  void anAgentStartsAllTheSame() throws Exception {
    Path data = folder.resolve("data");
    take(data).close();
    Path filler = folder.resolve("filler");
    assertThatIOException()
        .isThrownBy(() -> Files.write(filler, new byte[1 << 20]))
        .withMessageContaining("No space left");

    try (DataFolder held = take(data)) {
      assertThat(held).isNotNull();
      assertThatIOException().isThrownBy(() -> take(data)).withMessageContaining("is in use");
    }
    Files.delete(filler);
    try (DataFolder held = take(data)) {
      assertThat(held).isNotNull();
      assertThat(data.resolve("agent.pid"))
          .hasContent(Long.toString(ProcessHandle.current().pid()));
    }
  }

  private static DataFolder take(Path data) throws IOException {
    return DataFolder.take(
        data, data.resolve("agent.pid"), data.resolve("plugins"), Trust.everybody());
  }
}
