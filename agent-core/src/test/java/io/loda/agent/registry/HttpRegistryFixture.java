package io.loda.agent.registry;

import static io.loda.agent.registry.Futures.await;

import io.loda.agent.config.Configs;
import io.vertx.core.Vertx;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/** An HTTP registry that a test is the server of. */
abstract class HttpRegistryFixture {

  static final HostIdentity HOST = RegistryContract.HOST;
  static final Duration PATIENT = Duration.ofSeconds(30);

  final Vertx vertx = Vertx.vertx();
  final RegistryServer server = new RegistryServer(vertx);

  @BeforeEach
  void start() throws Exception {
    await(server.start());
  }

  @AfterEach
  void closeVertx() throws Exception {
    await(vertx.close());
  }

  Registry registry(Duration timeout) {
    return registry(vertx, server.url(), timeout);
  }

  static Registry registry(Vertx vertx, String url, Duration timeout) {
    return Registries.create(
        vertx,
        Configs.registry("http", Path.of("/"), url, null, timeout, Duration.ZERO, Duration.ZERO));
  }
}
