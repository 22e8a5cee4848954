package io.loda.agent.source.script.user;

import static org.assertj.core.api.Assertions.assertThat;

import io.loda.common.testing.OtherUser;
import org.junit.jupiter.api.Test;

class SystemIdsTest {

  private static final long UID = 2_123_457_000L;

  /** The kernel keeps them for each thread: a file server becomes its callers so. */
  @Test
  void idsOfEachThreadAreInUse() throws Exception {
    OtherUser.need();
    String program =
        """
        import ctypes, os, sys, threading, time
        SETRESUID = 117 if os.uname().machine == 'x86_64' else 147
        def become():
          ctypes.CDLL(None).syscall(SETRESUID, -1, int(sys.argv[1]), -1)
          print('ready', flush=True)
          time.sleep(1000)
        threading.Thread(target=become).start()
        """;
    Process process =
        new ProcessBuilder("/usr/bin/python3", "-c", program, Long.toString(UID)).start();
    try {
      assertThat(process.inputReader().readLine()).isEqualTo("ready");

      assertThat(new SystemIds().running()).contains(UID, 0L);
    } finally {
      process.destroyForcibly();
    }
  }
}
