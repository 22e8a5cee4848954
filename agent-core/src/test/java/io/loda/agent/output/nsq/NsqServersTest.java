package io.loda.agent.output.nsq;

import static org.assertj.core.api.Assertions.assertThat;

import io.loda.agent.output.OnLoop;
import io.loda.agent.output.RealNsqds;
import io.loda.common.config.HostPort;
import io.loda.common.net.HostLookup;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class NsqServersTest {

  private static final int CHANGES = 200_000;

  private final Vertx vertx = Vertx.vertx();
  private final NsqSettings settings = RealNsqds.settings("round-robin", List.of());
  private final NsqConnector connector =
      new NsqConnector(vertx, "o", settings, HostLookup.ofSystem(vertx), Duration.ofSeconds(1));

  @AfterEach
  void close() {
    OnLoop.get(vertx.close());
  }

  /** Points are added on other threads than the one that hears of other servers. */
  @Test
  void theLargestMessageMayBeAskedForWhileTheServersChange() {
    NsqServers servers = new NsqServers(true, this::closed);
    AtomicBoolean over = new AtomicBoolean();
    CompletableFuture<Void> asking =
        CompletableFuture.runAsync(
            () -> {
              while (!over.get()) {
                assertThat(servers.maxMessageBytes()).isEqualTo(Long.MAX_VALUE);
              }
            });
    for (int i = 0; i < CHANGES && !asking.isDone(); i++) {
      servers.set(Map.of(new HostPort("a", 1), Set.of(), new HostPort("b", 2 + i % 2), Set.of()));
    }
    over.set(true);

    asking.join();
  }

  /** One that connects to nothing. */
  private NsqServer closed(HostPort address) {
    NsqServer server = new NsqServer(vertx, address, connector, Duration.ofSeconds(1), () -> {});
    OnLoop.get(server.close());
    return server;
  }
}
