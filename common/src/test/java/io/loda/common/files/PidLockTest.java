package io.loda.common.files;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.loda.common.testing.OtherUser;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class PidLockTest {

  private static final long OWN = ProcessHandle.current().pid();

  private Path file;
  private final List<Process> others = new ArrayList<>();

  @BeforeEach
  void folder(@TempDir Path temp) throws IOException {
    file = OtherUser.reachable(temp).resolve("agent.lock");
  }

  @AfterEach
  void endOther() throws InterruptedException {
    for (Process other : others) {
      other.destroyForcibly();
      assertThat(other.waitFor(10, TimeUnit.SECONDS)).isTrue();
    }
  }

  @Test
  void isHeldByOneUntilItIsGivenBack() throws IOException {
    try (PidLock held = PidLock.take(file)) {
      assertThat(held).isNotNull();
      assertThat(PidLock.holder(file)).hasValue(OWN);
      assertThatExceptionOfType(PidLock.InUseException.class)
          .isThrownBy(() -> PidLock.take(file))
          .satisfies(e -> assertThat(e.pid()).isEqualTo(Long.toString(OWN)));
      assertThat(PidLock.holder(file)).hasValue(OWN);
    }
    assertThat(PidLock.holder(file)).isEmpty();
    PidLock.take(file).close();
  }

  @Test
  void cannotBeLockedByAnotherUser() throws IOException {
    OtherUser.need();
    PidLock.take(file).close();

    Process other = started(OtherUser.lock(file));

    assertThat(firstLine(other)).contains("Permission denied");
    PidLock.take(file).close();
  }

  @Test
  void takesTheFileOfAnOlderAgentFromWhoeverElseHasIt() throws IOException {
    OtherUser.need();
    olderAgentsFile("12345\n");
    Process other = started(OtherUser.lock(file));
    assertThat(firstLine(other)).isEqualTo("locked");

    try (PidLock held = PidLock.take(file)) {
      assertThat(held).isNotNull();
      assertThat(PidLock.holder(file)).hasValue(OWN);
    }
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
        .isEqualTo("rw-------");
    PidLock.take(file).close();
  }

  @Test
  void leavesTheFileToAnOlderAgentThatRuns() throws IOException {
    Process other = started(new ProcessBuilder(lockWith("f.write(str(os.getpid()))")).start());
    assertThat(firstLine(other)).isEqualTo("locked");
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r--r--"));

    assertThat(PidLock.holder(file)).hasValue(other.pid());
    assertThatExceptionOfType(PidLock.InUseException.class)
        .isThrownBy(() -> PidLock.take(file))
        .satisfies(e -> assertThat(e.pid()).isEqualTo(Long.toString(other.pid())));
  }

  @Test
  void doesNotTakeWhoGotTheNumberForTheHolder() throws IOException {
    // an older agent's number went to another process, and somebody else has the lock
    OtherUser.need();
    Process other = started(OtherUser.start("sleep", "60"));
    olderAgentsFile(other.pid() + "\n");
    assertThat(firstLine(started(OtherUser.lock(file)))).isEqualTo("locked");

    assertThat(PidLock.holder(file)).isEmpty();
  }

  @Test
  void doesNotBelieveANumberOfAnotherTime() throws IOException {
    Process other = started(new ProcessBuilder(lockWith("f.write(str(os.getpid())+' 1')")).start());
    assertThat(firstLine(other)).isEqualTo("locked");

    assertThat(PidLock.holder(file)).isEmpty();
    assertThatExceptionOfType(PidLock.InUseException.class)
        .isThrownBy(() -> PidLock.take(file))
        .satisfies(e -> assertThat(e.pid()).isEqualTo("unknown"));
  }

  private String[] lockWith(String write) throws IOException {
    OwnFiles.createFile(file);
    return new String[] {
      "python3",
      "-uc",
      """
      import fcntl,os,sys
      f=open(sys.argv[1],'w');fcntl.lockf(f,fcntl.LOCK_EX)
      %s;f.flush();print('locked');sys.stdin.read()
      """
          .formatted(write),
      file.toString()
    };
  }

  private void olderAgentsFile(String content) throws IOException {
    Files.writeString(file, content);
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r--r--"));
  }

  private Process started(Process process) {
    others.add(process);
    return process;
  }

  private static String firstLine(Process process) throws IOException {
    return new BufferedReader(new InputStreamReader(process.getInputStream(), UTF_8)).readLine();
  }
}
