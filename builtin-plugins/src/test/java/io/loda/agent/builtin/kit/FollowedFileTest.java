package io.loda.agent.builtin.kit;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.nio.file.StandardOpenOption.APPEND;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FollowedFileTest {

  private final StringBuilder text = new StringBuilder();

  private boolean read(FollowedFile file, int most) throws IOException {
    return file.read(
        (bytes, length, last) -> {
          int used = Math.min(length, most - text.length());
          text.append(new String(bytes, 0, used, UTF_8));
          return used;
        },
        new byte[100],
        1000);
  }

  /** Whoever may write there can make as many as he likes. */
  @Test
  void goesOnWithTheNewestWhereFarTooManyCouldBeTheOldOne(@TempDir Path folder) throws Exception {
    Path log = Files.writeString(folder.resolve("app.log"), "one\n");
    FollowedFile file = new FollowedFile(log, (opened, path) -> {});
    assertThat(read(file, 100)).isFalse();
    Files.move(log, folder.resolve("app.log.old"));
    Files.writeString(log, "three\n");
    for (int i = 0; i < 10_000; i++) {
      Files.writeString(folder.resolve("app.log." + i), "two\n");
    }

    assertThat(read(file, 100)).isFalse();
    assertThat(text).hasToString("one\nthree\n");
  }

  @Test
  void whatAReaderHasNoTimeForOfARenamedFileIsReadTheNextTime(@TempDir Path folder)
      throws Exception {
    Path log = Files.writeString(folder.resolve("app.log"), "one\n");
    FollowedFile file = new FollowedFile(log, (opened, path) -> {});
    assertThat(read(file, 100)).isFalse();
    Files.writeString(log, "two\n", APPEND);
    Files.move(log, folder.resolve("app.log.1"));
    Files.writeString(log, "three\n");

    assertThat(read(file, 6)).as("more is there").isTrue();
    assertThat(text).hasToString("one\ntw");
    assertThat(read(file, 100)).isFalse();
    assertThat(text).hasToString("one\ntwo\nthree\n");
  }
}
