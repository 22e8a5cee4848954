package io.loda.agent.registry;

import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.loda.agent.config.Configs;
import io.vertx.core.Vertx;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class RegistriesTest {

  private final Vertx vertx = Vertx.vertx();

  @AfterEach
  void closeVertx() throws Exception {
    Futures.await(vertx.close());
  }

  @Test
  void anUnknownTypeIsRefusedWithTheKnownOnes() {
    assertThatIllegalArgumentException()
        .isThrownBy(
            () ->
                Registries.create(
                    vertx,
                    Configs.registry(
                        "ldap",
                        Path.of("/"),
                        "",
                        null,
                        Duration.ZERO,
                        Duration.ZERO,
                        Duration.ZERO)))
        .withMessage("registry.type: expected one of directory, http, found \"ldap\"");
  }
}
