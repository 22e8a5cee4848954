package io.loda.agent.assignment.policy;

import static io.loda.agent.registry.Futures.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.loda.common.net.HostLookup;
import io.vertx.core.Vertx;
import io.vertx.core.WorkerExecutor;
import io.vertx.core.internal.WorkerExecutorInternal;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadPoolExecutor;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class HostAddressesTest {

  private final Vertx vertx = Vertx.vertx();
  private final HostAddresses addresses =
      new HostAddresses(vertx, HostLookup.ofSystem(vertx), Duration.ofMillis(50));

  @AfterEach
  void close() throws Exception {
    await(vertx.close());
  }

  @Test
  void lookUpsDoNotPileUpBehindOneThatHangs() throws Exception {
    // the thread of all folders, as a file server that is silent would hold it
    WorkerExecutor folders = vertx.createSharedWorkerExecutor("policy-folders", 1);
    CountDownLatch silent = new CountDownLatch(1);
    folders.executeBlocking(
        () -> {
          silent.await();
          return null;
        },
        false);

    for (int i = 0; i < 5; i++) {
      assertThat(await(addresses.find(Set.of("/")))).isEmpty();
    }
    ThreadPoolExecutor threads =
        (ThreadPoolExecutor) ((WorkerExecutorInternal) folders).pool().executor();
    assertThat(threads.getQueue()).hasSize(1);

    silent.countDown();
    Awaitility.await()
        .atMost(Duration.ofSeconds(60))
        .until(() -> await(addresses.find(Set.of("/"))), Map.of("/", List.of("/"))::equals);
  }
}
