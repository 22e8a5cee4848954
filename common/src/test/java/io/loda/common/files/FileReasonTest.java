package io.loda.common.files;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.UnknownHostException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.NoSuchFileException;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.api.Test;

class FileReasonTest {

  @Test
  void showsAMessageWithoutTheClassOfItsException() {
    assertThat(FileReason.of(new IOException("less than delivery.min-free")))
        .isEqualTo("less than delivery.min-free");
    assertThat(FileReason.of(new IllegalStateException("it was closed meanwhile")))
        .isEqualTo("it was closed meanwhile");
  }

  @Test
  void looksIntoAnExceptionThatOnlyWrapsAnother() {
    assertThat(FileReason.of(new ExecutionException(new IOException("no room left"))))
        .isEqualTo("no room left");
    assertThat(FileReason.of(new UncheckedIOException(new NoSuchFileException("/a/b"))))
        .isEqualTo("/a/b isn't there");
  }

  @Test
  void saysWhatIsWrongWithAFileOrAHost() {
    assertThat(FileReason.of(new NoSuchFileException("m.json"))).isEqualTo("m.json isn't there");
    assertThat(FileReason.of(new AccessDeniedException("m.json")))
        .startsWith("m.json may not be used by the user ");
    assertThat(FileReason.of(new DirectoryNotEmptyException("x"))).isEqualTo("x isn't empty");
    assertThat(FileReason.of(new UnknownHostException("db"))).isEqualTo("unknown host: db");
  }

  @Test
  void namesTheClassWhereTheMessageAloneSaysNothing() {
    assertThat(FileReason.of(new IllegalStateException("closed")))
        .isEqualTo("java.lang.IllegalStateException: closed");
    assertThat(FileReason.of(new NoClassDefFoundError("of the JVM")))
        .isEqualTo("java.lang.NoClassDefFoundError: of the JVM");
  }
}
