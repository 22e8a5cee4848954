package io.loda.agent.source.script.process;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OutputPipesTest {

  private Path folder;

  @BeforeEach
  void make(@TempDir Path temporary) {
    folder = temporary.resolve("pipes");
  }

  @Test
  void readsWhatIsThereAndNeverWaits() throws Exception {
    byte[] chunk = new byte[4];
    try (OutputPipes pipes = new OutputPipes(folder);
        OutputPipe pipe = pipes.open()) {
      assertThat(pipe.read(chunk)).isZero();
      try (OutputStream out = new FileOutputStream(pipe.target())) {
        out.write("abcdef".getBytes(UTF_8));
        pipe.unlink();

        assertThat(pipe.available()).isEqualTo(6);
        assertThat(pipe.read(chunk)).isEqualTo(4);
        assertThat(new String(chunk, UTF_8)).isEqualTo("abcd");
        assertThat(pipe.read(chunk)).isEqualTo(2);
        assertThat(pipe.read(chunk)).isZero();
      }
    }
  }

  @Test
  void whoWritesAfterTheEndGetsAnError() throws Exception {
    try (OutputPipes pipes = new OutputPipes(folder)) {
      OutputPipe pipe = pipes.open();
      try (OutputStream out = new FileOutputStream(pipe.target())) {
        pipe.close();

        assertThatThrownBy(() -> out.write(1)).isInstanceOf(IOException.class);
      }
    }
  }

  @Test
  void eachIsOnesOwnAndNoneIsLeft() throws Exception {
    List<OutputPipe> open = new ArrayList<>();
    try (OutputPipes pipes = new OutputPipes(folder)) {
      for (int i = 0; i < 100; i++) {
        open.add(pipes.open());
      }
      assertThat(open.stream().map(OutputPipe::target)).doesNotHaveDuplicates();
      assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(folder)))
          .isEqualTo("rwx------");
      for (OutputPipe pipe : open) {
        pipe.close();
      }
    }

    assertThat(folder).isEmptyDirectory();
  }

  /** A run may have handed its own to a process that lives on. */
  @Test
  void noUserGetsOneThatAnotherHad() throws Exception {
    try (OutputPipes pipes = new OutputPipes(folder)) {
      OutputPipe ofOne = pipes.open(1);
      ofOne.keep();
      ofOne.close();
      List<Path> others = new ArrayList<>();
      for (int i = 0; i < 100; i++) {
        try (OutputPipe other = pipes.open(2)) {
          others.add(other.target().toPath());
        }
      }

      try (OutputPipe again = pipes.open(1)) {
        assertThat(again.target()).isEqualTo(ofOne.target());
      }
      assertThat(others).doesNotContain(ofOne.target().toPath());
    }
  }

  @Test
  void thoseOfAKilledAgentAreRemovedAndOthersAreNot() throws Exception {
    Files.createDirectories(folder);
    Path stale = Files.createFile(folder.resolve("999999999.ab.1"));
    Path ofTheSameNumber =
        Files.createFile(folder.resolve(ProcessHandle.current().pid() + ".ab.1"));
    Path ofInit = Files.createFile(folder.resolve("1.ab.1"));
    Path other = Files.createFile(folder.resolve("README"));
    Path odd = Files.createFile(folder.resolve("1x.ab.1"));

    try (OutputPipes pipes = new OutputPipes(folder);
        OutputPipe pipe = pipes.open()) {
      assertThat(pipe.target()).exists();
      assertThat(stale).doesNotExist();
      assertThat(ofTheSameNumber).doesNotExist();
      assertThat(List.of(ofInit, other, odd)).allMatch(Files::exists);
    }
  }

  @Test
  void pipesThatSomebodyRemovedAreMadeAgain() throws Exception {
    try (OutputPipes pipes = new OutputPipes(folder)) {
      pipes.open().close();
      try (Stream<Path> all = Files.list(folder)) {
        for (Path path : all.toList()) {
          Files.delete(path);
        }
      }
      Files.delete(folder);

      try (OutputPipe pipe = pipes.open()) {
        assertThat(
                Files.readAttributes(
                        pipe.target().toPath(), java.nio.file.attribute.BasicFileAttributes.class)
                    .isOther())
            .isTrue();
      }
    }
  }

  @Test
  void folderThatCannotBeMadeIsNamed() throws Exception {
    Files.createFile(folder);

    try (OutputPipes pipes = new OutputPipes(folder)) {
      assertThatThrownBy(pipes::open)
          .isInstanceOf(IOException.class)
          .hasMessageContaining(folder.toString());
    }
  }
}
