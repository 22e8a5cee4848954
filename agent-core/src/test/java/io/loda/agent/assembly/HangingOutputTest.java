package io.loda.agent.assembly;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.OutputStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The whole agent, whose standard output nobody reads. */
class HangingOutputTest {

  private final CountDownLatch hangs = new CountDownLatch(1);
  private final CountDownLatch end = new CountDownLatch(1);

  @Test
  void whatWaitsIsBroughtToDiskWhileTheOutputHangs(@TempDir Path folder) throws Exception {
    try (RunningAgent agent = new RunningAgent(folder, new HangingStream())) {
      try {
        agent.post("/post?ns=a", "[{\"name\":\"m\",\"value\":1}]");
        assertThat(hangs.await(60, TimeUnit.SECONDS)).isTrue();
        await()
            .atMost(Duration.ofSeconds(60))
            .until(() -> agent.outputs().get(0).getLong("disk_bytes") > 0);
      } finally {
        end.countDown();
      }
    }
  }

  private final class HangingStream extends OutputStream {

    @Override
    public void write(int b) {
      hangs.countDown();
      try {
        end.await();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
