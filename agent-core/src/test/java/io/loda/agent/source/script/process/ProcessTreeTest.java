package io.loda.agent.source.script.process;

import static org.assertj.core.api.Assertions.assertThat;

import io.loda.agent.source.script.system.RunMark;
import java.util.Set;
import org.junit.jupiter.api.Test;

class ProcessTreeTest {

  /**
   * The kernel lists children by the thread that started them; the mark and the session are lost.
   */
  @Test
  void whatAnyThreadOfTheProgramStartedIsOfItsFamily() throws Exception {
    String program =
        """
        import os, subprocess, threading, time
        def start():
          child = subprocess.Popen(['sleep', '1000'], start_new_session=True)
          print(child.pid, flush=True)
          child.wait()
        threading.Thread(target=start).start()
        """;
    Process leader = new ProcessBuilder("/usr/bin/python3", "-c", program).start();
    long child = Long.parseLong(leader.inputReader().readLine());
    try {
      ProcessTree tree =
          new ProcessTree(
              leader, RunMark.random(), RunGroup.NONE, new RunSigns.Environments(false, -1));

      Set<Long> seen = tree.look(false);

      assertThat(seen).contains(leader.pid(), child);
    } finally {
      leader.destroyForcibly();
      ProcessHandle.of(child).ifPresent(ProcessHandle::destroyForcibly);
    }
  }
}
