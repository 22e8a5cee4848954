package io.loda.agent.delivery;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.loda.agent.output.nsq.NsqSettings;
import io.loda.agent.point.Framing;
import io.loda.common.config.HostPort;
import io.loda.common.telemetry.Counters;
import io.loda.common.telemetry.Discards;
import io.vertx.core.Vertx;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An nsqd that hangs: the system takes connections for it, and nobody answers. */
class HangingServerTest {

  private static final Framing LINES = Framing.of("", "\n", "");
  private static final int POSTS = 60;

  @TempDir private Path folder;

  /** They are four times as large as the memory together, and the disk has room for all. */
  @Test
  void postsAreTakenAsLongAsTheDiskHasRoom() throws Exception {
    Vertx vertx = Vertx.vertx();
    ExecutorService worker = Executors.newSingleThreadExecutor();
    Discards discards = new Discards(new Counters(), System::nanoTime);
    try (ServerSocket server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
      var output =
          new NsqSettings(
                  "own",
                  List.of(new HostPort("127.0.0.1", server.getLocalPort())),
                  List.of(),
                  "collect.",
                  "failover",
                  false,
                  null,
                  null)
              .create(vertx, "q", System.err);
      DeliveryBuffer buffer =
          DeliveryBuffer.of(
              "q",
              Points.config("spill", 2 * Points.MIB, 64 * Points.MIB),
              output::maxMessageBytes,
              folder,
              worker,
              discards,
              InstantSource.system(),
              System::nanoTime,
              true);
      Publisher publisher =
          new Publisher(
              "q",
              buffer,
              output,
              "influx",
              0,
              new RefusedMessages(folder, worker, InstantSource.system()),
              () -> Duration.ofMillis(100),
              new Counters(),
              discards);
      vertx.deployVerticle(publisher).toCompletionStage().toCompletableFuture().join();
      for (int i = 0; i < POSTS; i++) {
        String point = i + "x".repeat(150_000);
        await()
            .atMost(Duration.ofSeconds(60))
            .until(() -> buffer.promise("collect.topic", LINES, Encoded.of(point), () -> true));
      }
      assertThat(buffer.waitingPoints()).isEqualTo(POSTS);
    } finally {
      vertx.close().toCompletionStage().toCompletableFuture().join();
      worker.shutdown();
      assertThat(worker.awaitTermination(60, TimeUnit.SECONDS)).isTrue();
    }
  }
}
