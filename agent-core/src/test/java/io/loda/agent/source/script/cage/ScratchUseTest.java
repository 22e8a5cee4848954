package io.loda.agent.source.script.cage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Files on their way through sockets of a process that is told what to do by its input. */
class ScratchUseTest {

  private static final String PROGRAM =
      """
      import array, os, socket, sys
      one, other = socket.socketpair()
      shown = 'scm_fds' in open('/proc/self/fdinfo/%d' % one.fileno()).read()
      print('ready' if shown else 'unknown', flush=True)
      for line in sys.stdin:
        if line == 'send\\n':
          one.sendmsg([b'x'], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array('i', [0]))])
        else:
          for file in array.array('i', other.recvmsg(1, 1000)[1][0][2]): os.close(file)
        print('done', flush=True)
      """;

  @TempDir private Path folder;
  private final AtomicLong nanos = new AtomicLong();
  private Process process;
  private Set<Long> pids;
  private ScratchUse use;

  @BeforeEach
  void start() throws Exception {
    process = new ProcessBuilder("/usr/bin/python3", "-c", PROGRAM).start();
    pids = Set.of(process.pid());
    use = new ScratchUse(folder, 1_000_000, new Leavings(List.of()), -1, nanos::get);
    assumeThat(process.inputReader().readLine()).as("the kernel shows it").isEqualTo("ready");
  }

  @AfterEach
  void end() throws Exception {
    process.destroyForcibly().waitFor();
  }

  private void tell(String what) throws Exception {
    process.outputWriter().append(what).append('\n').flush();
    assertThat(process.inputReader().readLine()).isEqualTo("done");
  }

  private String measureAfterMillis(long millis) {
    nanos.addAndGet(Duration.ofMillis(millis).toNanos());
    return use.measure(pids, pids);
  }

  @Test
  void whatIsInASocketAtTwoLooksASecondApartIsTooMuch() throws Exception {
    tell("send");
    assertThat(measureAfterMillis(0)).isEmpty();
    assertThat(measureAfterMillis(999)).isEmpty();

    assertThat(measureAfterMillis(1))
        .isEqualTo("it keeps 1 file inside of sockets, where their size can't be seen");
  }

  @Test
  void whatIsPassedOnIsNot() throws Exception {
    for (int i = 0; i < 3; i++) {
      tell("send");
      assertThat(measureAfterMillis(1000)).isEmpty();
      tell("receive");
      assertThat(measureAfterMillis(1000)).isEmpty();
    }
  }

  @Test
  void whatEndedKeepsNothing() throws Exception {
    tell("send");
    assertThat(measureAfterMillis(0)).isEmpty();
    end();
    await().until(() -> !process.isAlive());

    assertThat(measureAfterMillis(1000)).isEmpty();
  }
}
