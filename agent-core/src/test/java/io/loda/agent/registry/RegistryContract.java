package io.loda.agent.registry;

import static io.loda.agent.registry.Futures.await;
import static io.loda.agent.registry.Futures.failure;
import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What every registry does. */
abstract class RegistryContract {

  static final HostIdentity HOST = new HostIdentity("web1", List.of("10.0.0.1"), "SN1");
  static final String CPU = "[{\"measurement_type\":\"CPU\",\"name\":\"cpu.idle\"}]";
  static final String MEM = "[{\"measurement_type\":\"MEM\",\"name\":\"mem.used\"}]";

  final Vertx vertx = Vertx.vertx();

  /** A registry that has these items, by namespace. */
  abstract Registry registry(Map<String, String> items) throws Exception;

  @AfterEach
  void closeVertx() throws Exception {
    await(vertx.close());
  }

  @Test
  void hasTheHostsNamespaces() throws Exception {
    Registry registry = registry(Map.of("pool.loda", CPU, "web.shop.loda", MEM));

    assertThat(await(registry.namespaces(HOST))).containsOnlyKeys("pool.loda", "web.shop.loda");
  }

  @Test
  void hasTheItemsOfEach() throws Exception {
    Registry registry = registry(Map.of("pool.loda", CPU, "web.shop.loda", MEM));

    assertThat(new JsonArray(await(registry.items("pool.loda")).toString()))
        .isEqualTo(new JsonArray(CPU));
    assertThat(new JsonArray(await(registry.items("web.shop.loda")).toString()))
        .isEqualTo(new JsonArray(MEM));
  }

  @Test
  void anUnknownNamespaceIsAFailureThatNamesIt() throws Exception {
    Registry registry = registry(Map.of("pool.loda", CPU));

    assertThat(failure(registry.items("other.loda")))
        .isInstanceOf(RegistryException.class)
        .hasMessageContaining("other.loda");
  }

  @Test
  void noNamespaceAtAllIsAFailure() throws Exception {
    assertThat(failure(registry(Map.of()).namespaces(HOST))).isInstanceOf(RegistryException.class);
  }

  @ParameterizedTest
  @ValueSource(strings = {"{}", "null", "\"text\"", "[{", "", "[] []"})
  void whatIsNoListOfItemsIsAFailureOfItsNamespaceOnly(String broken) throws Exception {
    Registry registry = registry(Map.of("pool.loda", CPU, "web.shop.loda", broken));

    assertThat(await(registry.namespaces(HOST))).hasSize(2);
    assertThat(failure(registry.items("web.shop.loda")))
        .isInstanceOf(RegistryException.class)
        .hasMessageContaining("web.shop.loda")
        .hasMessageContaining("expected ");
    assertThat(new JsonArray(await(registry.items("pool.loda")).toString()))
        .isEqualTo(new JsonArray(CPU));
  }

  @Test
  void takesAReport() throws Exception {
    Registry registry = registry(Map.of("pool.loda", CPU));

    await(registry.report(new Report(HOST, HOST, List.of("id"), List.of("pool.loda"))));
  }

  @Test
  void closesTwice() throws Exception {
    Registry registry = registry(Map.of("pool.loda", CPU));

    await(registry.close());
    await(registry.close());
  }

  @Test
  void afterItsCloseIsAFailureAndNoException() throws Exception {
    Registry registry = registry(Map.of("pool.loda", CPU));
    await(registry.close());

    assertThat(failure(registry.namespaces(HOST))).isNotNull();
    assertThat(failure(registry.items("pool.loda"))).isNotNull();
  }
}
