package io.loda.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ImportCommandTest {

  @Test
  void aDumpThatIsMissingOrNoFileIsSaidInWords(@TempDir Path folder) throws Exception {
    Path missing = folder.resolve("missing.json");
    assertThatExceptionOfType(ImportCommand.Failure.class)
        .isThrownBy(() -> new ImportCommand(missing).read())
        .withMessage("read of the dump failed: " + missing + " isn't there");
    assertThatExceptionOfType(ImportCommand.Failure.class)
        .isThrownBy(() -> new ImportCommand(folder).read())
        .satisfies(e -> assertThat(e.getMessage()).doesNotContain("Exception"));
  }

  @Test
  void aDumpIsReadWithoutADatabase(@TempDir Path folder) throws Exception {
    Path dump =
        Files.writeString(
            folder.resolve("m.json"), "[{\"id\":\"a\",\"type\":\"counter\",\"delta\":1}]");
    assertThat(new ImportCommand(dump).read()).hasSize(1);
  }
}
