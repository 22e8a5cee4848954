package io.loda.agent.source.script.cage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.loda.agent.source.script.HiddenFiles;
import io.loda.agent.source.script.ScriptRuns;
import io.loda.agent.source.script.ThreadsOfTheirOwn;
import io.loda.agent.source.script.system.ProcessStat;
import io.loda.common.testing.OtherUser;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What real processes of another user hold, in all their threads. */
class HeldFilesTest {

  private static final int MOST = 1000;

  @TempDir private Path temp;
  private final List<Process> processes = new ArrayList<>();
  private Path folder;

  @BeforeEach
  void make() throws Exception {
    OtherUser.need();
    folder = Files.createDirectory(OtherUser.reachable(temp).resolve("everybody's"));
    Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxrwxrwx"));
  }

  @AfterEach
  void end() throws Exception {
    for (Process process : processes) {
      process.destroyForcibly().waitFor();
    }
  }

  private long start(String program) throws Exception {
    Process process = OtherUser.start("/usr/bin/python3", "-c", program, folder.toString());
    processes.add(process);
    assertThat(process.inputReader().readLine()).isEqualTo("ready");
    return process.pid();
  }

  private static HeldFiles held(long pid) {
    return HeldFiles.of(Set.of(pid), MOST);
  }

  /**
   * An x86-64 program that copies itself into memory without a name, lets go of its file, says
   * "ready" and waits: the file is neither open nor mapped then.
   */
  private static final String LETS_GO =
      "f0VMRgIBAQAAAAAAAAAAAAIAPgABAAAAsABAAAAAAABAAAAAAAAAADgBAAAAAAAAAAAAAEAAOAACAEAAAwACAAEA"
          + "AAAHAAAAsAAAAAAAAACwAEAAAAAAALAAQAAAAAAAcQAAAAAAAABxAAAAAAAAAAEAAAAAAAAAUeV0ZAYAAAAAAAAA"
          + "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAEAAAAAAAAAC4CQAAADH/vgAQAAC6BwAAAEG6IgAA"
          + "AEnHwP////9FMckPBUiJx0iJw0iNNQkAAAC5OAAAAPOk/+O4CwAAAL8AAEAAvgAAEAAPBbgBAAAAvwEAAABIjTUQ"
          + "AAAAugYAAAAPBbgiAAAADwXr93JlYWR5CgAuc2hzdHJ0YWIALnRleHQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
          + "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAsAAAABAAAABwAAAAAAAACwAEAA"
          + "AAAAALAAAAAAAAAAcQAAAAAAAAAAAAAAAAAAAAEAAAAAAAAAAAAAAAAAAAABAAAAAwAAAAAAAAAAAAAAAAAAAAAA"
          + "AAAhAQAAAAAAABEAAAAAAAAAAAAAAAAAAAABAAAAAAAAAAAAAAAAAAAA";

  @Test
  void theProgramThatAProcessWasStartedFromIsSeen() throws Exception {
    assumeTrue(System.getProperty("os.arch").equals("amd64"), "the program is of x86-64");
    byte[] program = Arrays.copyOf(Base64.getDecoder().decode(LETS_GO), 5_000_000);
    Path file = Files.write(folder.resolve("program"), program);
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
    Process process = OtherUser.start(file.toString());
    processes.add(process);
    assertThat(process.inputReader().readLine()).isEqualTo("ready");
    assertThat(held(process.pid()).bytes()).isZero();

    Files.delete(file);

    assertThat(held(process.pid()).bytes()).isEqualTo(5_000_000);
  }

  @Test
  void whatOnlyAThreadHoldsIsSeen() throws Exception {
    HeldFiles held = held(start(ThreadsOfTheirOwn.DELETED));

    assertThat(held.bytes()).isEqualTo(5_000_000);
    assertThat(held.links()).hasSize(1).allSatisfy(link -> assertThat(link).exists());
    assertThat(held.tooMany()).isFalse();
  }

  @Test
  void whatAThreadHoldsWhoseMainThreadHasEndedIsSeen() throws Exception {
    long pid = start(ThreadsOfTheirOwn.MAIN_ENDED);
    await()
        .atMost(ScriptRuns.DEADLINE)
        .until(() -> ProcessStat.read(ProcessStat.folder(pid)).state() == 'Z');

    assertThat(held(pid).bytes()).isEqualTo(5_000_000);
  }

  @Test
  void whatIsInASocketThatOnlyAThreadHoldsIsSeen() throws Exception {
    assumeTrue(HiddenFiles.shownHere(), "this kernel doesn't show files in sockets: not run");

    assertThat(held(start(ThreadsOfTheirOwn.IN_SOCKET)).inSockets()).isEqualTo(1);
  }

  @Test
  void whatAllThreadsShareCountsOnce() throws Exception {
    long pid =
        start(
            """
            import os, sys, threading, time
            file = os.open(sys.argv[1] + '/shared', os.O_RDWR | os.O_CREAT)
            os.write(file, bytes(3000))
            os.unlink(sys.argv[1] + '/shared')
            for i in range(20): threading.Thread(target=time.sleep, args=(1000,)).start()
            print('ready', flush=True)
            """);

    assertThat(held(pid).bytes()).isEqualTo(3000);
  }

  /** The kernel says no path of more than 4,096 bytes. */
  @Test
  void whatHadAPathThatIsTooLongIsSeen() throws Exception {
    long pid =
        start(
            """
            import os, sys, time
            name = 'd' * 250
            os.chdir(sys.argv[1])
            for i in range(20): os.mkdir(name); os.chdir(name)
            file = os.open('deep', os.O_RDWR | os.O_CREAT)
            os.write(file, bytes(3000))
            os.unlink('deep')
            for i in range(20): os.chdir('..'); os.rmdir(name)
            print('ready', flush=True)
            time.sleep(1000)
            """);

    assertThat(held(pid).bytes()).isEqualTo(3000);
  }

  /** A carriage return and 0x85 end lines for others than the kernel. */
  @Test
  void whatIsMappedIsSeenWhateverItsName() throws Exception {
    long pid =
        start(
            """
            import mmap, os, sys, time
            name = sys.argv[1].encode() + b'/a\\rb\\x85\\nc'
            file = os.open(name, os.O_RDWR | os.O_CREAT)
            os.write(file, bytes(4096))
            kept = mmap.mmap(file, 4096)
            os.unlink(name)
            os.closerange(3, 256)
            print('ready', flush=True)
            time.sleep(1000)
            """);

    assertThat(held(pid).bytes()).isEqualTo(4096);
  }

  @Test
  void moreOpenFilesThanCanBeLookedAtAreSaid() throws Exception {
    long pid =
        start(
            """
            import os, sys, time
            for i in range(200): os.dup(1)
            print('ready', flush=True)
            time.sleep(1000)
            """);

    assertThat(HeldFiles.of(Set.of(pid), 100).tooMany()).isTrue();
    assertThat(held(pid).tooMany()).isFalse();
  }

  @Test
  void moreMappingsThanCanBeLookedAtAreSaid() throws Exception {
    long pid =
        start(
            """
            import mmap, os, sys, time
            file = os.open(sys.argv[1] + '/mapped', os.O_RDWR | os.O_CREAT)
            os.write(file, bytes(5000 * 8192))
            os.unlink(sys.argv[1] + '/mapped')
            maps = [mmap.mmap(file, 4096, offset=i * 8192) for i in range(2000)]
            os.close(file)
            print('ready', flush=True)
            time.sleep(1000)
            """);

    assertThat(held(pid).tooMany()).isTrue();
    assertThat(HeldFiles.of(Set.of(pid), 5000).bytes()).isEqualTo(5000 * 8192);
  }
}
