package io.loda.agent.builtin;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.nio.file.StandardOpenOption.APPEND;
import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.WRITE;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** A log that is rotated while processes that count its lines are restarted and killed. */
@EnabledOnOs(OS.LINUX)
class LogRotationTest {
  private static final int LINES = 100_000;

  @TempDir private Path folder;
  private Path log;
  private Path state;

  @BeforeEach
  void createLog() throws IOException {
    log = Files.createFile(folder.resolve("app.log"));
    state = folder.resolve("state");
  }

  /** Writes lines as a service does that opens its log anew after a rotation. */
  private void write(int from, int to) throws IOException {
    try (OutputStream out = Files.newOutputStream(log, CREATE, APPEND)) {
      StringBuilder lines = new StringBuilder();
      for (int i = from; i < to; i++) {
        lines.append("2026-11-21T05:00:00Z line ").append(i).append(" of a service\n");
      }
      out.write(lines.toString().getBytes(UTF_8));
    }
  }

  /**
   * All that it hasn't counted yet: a look has two seconds, which may pass while the machine stands
   * still.
   */
  private static long rest(LogFollower follower) {
    long counted = 0;
    for (int look = 0; look < 5; look++) {
      counted += follower.count();
    }
    return counted;
  }

  private void rename(int number) throws IOException {
    Files.move(log, log.resolveSibling("app.log." + number));
  }

  private void truncate() throws IOException {
    Files.newByteChannel(log, WRITE).truncate(0).close();
  }

  /**
   * Five times renamed and five times truncated, once ended and once killed; what is truncated was
   * read, so that the sum must be exact.
   */
  @Test
  void countsEachLineOnceWhileTheFileIsRotatedAndTheAgentIsKilled() throws Exception {
    int step = LINES / 200;
    long counted = 0;
    LogFollower follower = LogFollower.start(log, state, "line \\d+ of");
    try {
      for (int i = 0; i < 200; i++) {
        write(i * step, (i + 1) * step);
        switch (i) {
          case 48 -> follower.close();
          case 128 -> follower.kill();
          case 52, 132 -> follower = LogFollower.start(log, state, "line \\d+ of");
          default -> {}
        }
        boolean up = (i < 48 || i >= 52) && (i < 128 || i >= 132);
        if (i % 40 == 10) { // 50 and 130: while nobody follows it
          rename(i);
        }
        if (i % 40 == 30) {
          counted += rest(follower);
          truncate();
        }
        if (up && i % 3 == 0) {
          counted += follower.count();
        }
      }
      counted += rest(follower);
    } finally {
      follower.close();
    }
    assertThat(counted).isEqualTo(LINES);
  }

  /**
   * Killed while it reads, at a moment that nobody chooses: the interval that it was in may be
   * lost, but nothing of it is counted a second time, and all that comes later is counted.
   */
  @Test
  void countsNothingTwiceWhenItIsKilledWhileItReads() throws Exception {
    int perRound = 20_000;
    for (int round = 0; round < 3; round++) {
      Path roundState = folder.resolve("state" + round);
      LogFollower follower = LogFollower.start(log, roundState, "line \\d+ of");
      write(0, perRound);
      follower.ask();
      Thread.onSpinWait();
      follower.kill();
      LogFollower next = LogFollower.start(log, roundState, "line \\d+ of");
      try {
        long missed = rest(next);
        assertThat(missed).isIn(0L, (long) perRound);
        write(perRound, perRound + 100);
        assertThat(rest(next)).isEqualTo(100);
      } finally {
        next.close();
      }
    }
  }

  /** A writer that doesn't wait for anybody, as a real one. */
  @RepeatedTest(5)
  void missesNothingOfAFileThatIsRenamedWhileItIsRead() throws Exception {
    AtomicBoolean written = new AtomicBoolean();
    Thread writer =
        new Thread(
            () -> {
              try {
                for (int i = 0; i < 200; i++) {
                  write(i * 500, (i + 1) * 500);
                  if (i % 40 == 20) {
                    rename(i);
                  }
                }
              } catch (IOException e) {
                throw new UncheckedIOException(e);
              } finally {
                written.set(true);
              }
            });
    long counted = 0;
    try (LogFollower follower = LogFollower.start(log, state, "line \\d+ of")) {
      writer.start();
      boolean last;
      do {
        last = written.get();
        counted += follower.count();
      } while (!last);
      counted += rest(follower);
    } finally {
      writer.join();
    }
    assertThat(counted).isEqualTo(LINES);
  }
}
