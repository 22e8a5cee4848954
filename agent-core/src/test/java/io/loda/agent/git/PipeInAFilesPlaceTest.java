package io.loda.agent.git;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.loda.agent.git.exchange.Origin;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Whoever opens a pipe to read it waits until somebody writes to it, which may be never. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class PipeInAFilesPlaceTest {

  @TempDir private Path folder;
  private Path pipe;

  @BeforeEach
  void make() throws Exception {
    pipe = folder.resolve("ns/.versions/demo/abc").resolve(Checkout.SIGNED);
    Files.createDirectories(pipe.getParent());
    assertThat(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor()).isZero();
  }

  @Test
  void aRolloutIsNotReadFromIt() {
    assertThatThrownBy(() -> RolloutFile.load(pipe, "abc")).isInstanceOf(IOException.class);
  }

  @Test
  void anOriginIsNotReadFromIt() {
    assertThatThrownBy(() -> Origin.mayBe(pipe, "https://host/a/b.git", ""))
        .isInstanceOf(IOException.class);
  }

  @Test
  void aSignatureIsNotReadFromIt() {
    Checkout checkout = new Checkout(folder.resolve("ns"), "demo");

    assertThatThrownBy(() -> checkout.signed("abc", "keys")).isInstanceOf(IOException.class);
  }
}
