package io.loda.agent.registry;

import static io.loda.agent.registry.Futures.await;
import static io.loda.agent.registry.RegistryServer.ITEMS;
import static io.loda.agent.registry.RegistryServer.NAMESPACES;
import static io.loda.agent.registry.RegistryServer.REPORT;
import static io.loda.agent.registry.RegistryServer.good;
import static io.loda.agent.registry.RegistryServer.sample;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.entry;

import io.loda.agent.version.Version;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class HttpRegistryTest extends RegistryContract {

  private final RegistryServer server = new RegistryServer(vertx);

  @BeforeEach
  void start() throws Exception {
    await(server.start());
  }

  @Override
  Registry registry(Map<String, String> items) {
    JsonObject namespaces = new JsonObject();
    items.keySet().forEach(namespace -> namespaces.put(namespace, "id of " + namespace));
    server
        .on(NAMESPACES, 200, good(namespaces.encode()))
        .on(REPORT, 200, good("null"))
        .on(
            ITEMS,
            request -> {
              String data = items.get(request.getParam("ns"));
              HttpServerResponse response = request.response();
              if (data == null) {
                response.setStatusCode(500).end(sample("agent-resource.unknown-ns.response.json"));
              } else {
                response.end(good(data));
              }
            });
    return registry();
  }

  private Registry registry() {
    return HttpRegistryFixture.registry(vertx, server.url(), HttpRegistryFixture.PATIENT);
  }

  @Test
  void readsTheCapturedAnswers() throws Exception {
    server
        .on(NAMESPACES, 200, sample("agent-ns.response.json"))
        .on(ITEMS, 200, sample("agent-resource.response.json"));
    Registry registry = registry();

    assertThat(await(registry.namespaces(HOST)))
        .containsExactly(
            entry("pool.loda", "5a59cc75-5510-4461-890b-c049a15d581f"),
            entry("web.shop.loda", "0b49fdd4-1800-4875-8d7f-d24429b24cbe"));
    assertThat(new JsonArray(await(registry.items("pool.loda")).toString()))
        .isEqualTo(new JsonObject(sample("agent-resource.response.json")).getJsonArray("data"));
  }

  /** A registry that lost its items must not end what is measured. */
  @Test
  void anEmptyListIsAFailure() throws Exception {
    Registry registry = registry(Map.of("pool.loda", "[]"));

    assertThat(Futures.failure(registry.items("pool.loda")))
        .hasMessageContaining("expected a list of items, found []");
  }

  @Test
  void saysWhoTheHostIs() throws Exception {
    Registry registry = registry(Map.of("pool.loda", CPU));

    await(registry.namespaces(new HostIdentity("web1", List.of("10.0.0.1", "fd00::1"), "SN 1")));

    assertThat(server.calls())
        .containsExactly(
            new RegistryServer.Call(
                "POST",
                NAMESPACES,
                "application/json;charset=utf-8",
                "{\"hostname\":\"web1\",\"ip\":\"10.0.0.1,fd00::1\",\"sn\":\"SN 1\"}"));
  }

  @Test
  void asksForWhatIsCollectedInANamespace() throws Exception {
    await(registry(Map.of("a&b ü", CPU)).items("a&b ü"));

    assertThat(server.calls())
        .containsExactly(
            new RegistryServer.Call("GET", ITEMS + "?ns=a%26b+%C3%BC&type=collect", "", ""));
  }

  @Test
  void reportsEveryFieldOfTheContract() throws Exception {
    Registry registry = registry(Map.of("pool.loda", CPU));
    Instant before = Instant.now();

    await(
        registry.report(
            new Report(
                new HostIdentity("web2", List.of("10.0.0.2", "10.0.0.3"), "SN1"),
                new HostIdentity("web1", List.of("10.0.0.1"), ""),
                List.of("id1", "id2"),
                List.of("pool.loda", "web.loda"))));

    RegistryServer.Call call = server.calls().get(0);
    assertThat(call.method() + " " + call.uri()).isEqualTo("POST " + REPORT);
    JsonObject body = new JsonObject(call.body());
    assertThat(Instant.parse((String) body.remove("utime"))).isBetween(before, Instant.now());
    Version version = Version.current();
    assertThat(body)
        .isEqualTo(
            new JsonObject()
                .put("uuid", new JsonArray(List.of("id1", "id2")))
                .put("sn", "SN1")
                .put("newiplist", new JsonArray(List.of("10.0.0.2", "10.0.0.3")))
                .put("oldiplist", new JsonArray(List.of("10.0.0.1")))
                .put("newhostname", "web2")
                .put("oldhostname", "web1")
                .put("ns", new JsonArray(List.of("pool.loda", "web.loda")))
                .put("version", version.version())
                .put("commit", version.commit())
                .put("branch", version.branch())
                .put("buildtime", version.buildTime())
                .put("goversion", "java" + Runtime.version().feature())
                .put("agenttype", "loda-agent")
                .put("update", true));
  }

  @Test
  void aReportWithoutAChangeIsNoUpdate() throws Exception {
    Registry registry = registry(Map.of("pool.loda", CPU));

    await(registry.report(new Report(HOST, HOST, List.of(), List.of())));

    assertThat(new JsonObject(server.calls().get(0).body()).getBoolean("update")).isFalse();
  }

  @Test
  void manyNamespacesAreAskedForAtOnce() throws Exception {
    Registry registry = registry(Map.of("pool.loda", CPU));

    var all = java.util.stream.IntStream.range(0, 40).mapToObj(i -> registry.items("pool.loda"));

    await(io.vertx.core.Future.all(all.toList()));
    assertThat(server.calls()).hasSize(40);
  }

  @Test
  void saysWhereItAsks() {
    assertThat(registry().description()).isEqualTo(server.url());
  }
}
