package io.loda.agent.http;

import static io.loda.agent.registry.RegistryServer.good;
import static org.assertj.core.api.Assertions.assertThat;

import io.loda.agent.registry.RegistryServer;
import io.loda.common.config.ConfigException;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Instant;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What {@code /health} and the status say of a registry, of posts and of who answers. */
final class HealthTest {

  private static final String ITEMS =
      good("[{\"measurement_type\":\"PORT\",\"name\":\"PORT.22\",\"port\":\"22\"}]");

  private final Vertx vertx = Vertx.vertx();
  private final RegistryServer registry = new RegistryServer(vertx);
  private TestFolder folder;

  @BeforeEach
  void start(@TempDir Path temp) {
    folder = new TestFolder(temp);
    ServerFixture.waitFor(registry.start());
    registry
        .on(RegistryServer.NAMESPACES, 200, good("{\"a\":\"1\",\"b\":\"2\"}"))
        .on(RegistryServer.ITEMS, 200, ITEMS)
        .on(RegistryServer.REPORT, 200, good("null"));
  }

  @AfterEach
  void stop() {
    ServerFixture.waitFor(vertx.close());
  }

  private ServerFixture agent() throws ConfigException {
    return ServerFixture.start(
        folder, "registry.type", "http", "registry.http.url", registry.url());
  }

  @Test
  void allIsWell() throws ConfigException {
    Instant before = Instant.now().minusSeconds(1);
    try (ServerFixture agent = agent()) {
      HttpResponse<String> answer = agent.get("/health");

      assertThat(answer.statusCode()).isEqualTo(200);
      JsonObject health = new JsonObject(answer.body());
      assertThat(health.getString("status")).isEqualTo("ok");
      assertThat(health.getJsonArray("problems")).isEmpty();
      assertThat(health.getLong("pid")).isEqualTo(ProcessHandle.current().pid());
      assertThat(health.getString("data_dir")).isEqualTo(folder.path().resolve("data").toString());
      JsonObject status = registry(agent);
      assertThat(status.getString("source")).isEqualTo(registry.url());
      assertThat(status.getJsonObject("namespaces").getString("failure")).isEmpty();
      for (Object one : status.getJsonArray("items")) {
        JsonObject ask = (JsonObject) one;
        assertThat(ask.getString("failure")).isEmpty();
        assertThat(Instant.parse(ask.getString("last_good"))).isAfterOrEqualTo(before);
        assertThat(ask.getLong("age_s")).isNotNegative();
      }
    }
  }

  @ParameterizedTest
  @CsvSource({
    "200, <html><body>Login</body></html>",
    "500, Internal Server Error",
    "200, '{\"httpstatus\":200,\"data\":[{\"measurement_ty'",
    "200, '{\"httpstatus\":500,\"data\":null,\"msg\":\"node not found\"}'"
  })
  void aRegistryThatAnswersBadlyIsSaidByNamespace(int code, String answer) throws ConfigException {
    try (ServerFixture agent = agent()) {
      registry.on(
          RegistryServer.ITEMS,
          request ->
              request
                  .response()
                  .setStatusCode(request.uri().contains("ns=b") ? code : 200)
                  .end(request.uri().contains("ns=b") ? answer : ITEMS));
      agent.get("/update");

      JsonArray items = registry(agent).getJsonArray("items");
      assertThat(items).hasSize(2);
      assertThat(items.getJsonObject(0).getString("namespace")).isEqualTo("a");
      assertThat(items.getJsonObject(0).getString("failure")).isEmpty();
      assertThat(items.getJsonObject(1).getString("namespace")).isEqualTo("b");
      assertThat(items.getJsonObject(1).getString("failure")).contains("ns=b", "HTTP " + code);
      assertThat(items.getJsonObject(1).getString("last_good")).isNotNull();
      HttpResponse<String> health = agent.get("/health");
      assertThat(health.statusCode()).isEqualTo(503);
      assertThat(problems(health))
          .singleElement()
          .asString()
          .startsWith("registry, namespace b: ")
          .contains("last good answer 2");

      registry.on(RegistryServer.ITEMS, 200, ITEMS);
      agent.get("/update");
      assertThat(agent.get("/health").statusCode()).isEqualTo(200);
    }
  }

  @Test
  void itIsKnownAfterARestartWhenItLastAnswered() throws ConfigException {
    String lastGood;
    try (ServerFixture agent = agent()) {
      lastGood = registry(agent).getJsonArray("items").getJsonObject(0).getString("last_good");
    }
    registry
        .on(RegistryServer.NAMESPACES, 200, "<html>")
        .on(RegistryServer.ITEMS, 200, "<html>")
        .on(RegistryServer.REPORT, 500, "");
    try (ServerFixture agent = agent()) {
      JsonObject status = registry(agent);

      assertThat(status.getJsonObject("namespaces").getString("failure")).contains("HTTP 200");
      assertThat(status.getJsonObject("namespaces").getString("last_good")).isNull();
      JsonObject first = status.getJsonArray("items").getJsonObject(0);
      assertThat(first.getString("failure")).contains("HTTP 200");
      assertThat(Instant.parse(first.getString("last_good")))
          .isAfterOrEqualTo(Instant.parse(lastGood).minusSeconds(1));
      assertThat(problems(agent.get("/health")))
          .anySatisfy(problem -> assertThat(problem).asString().startsWith("registry, namespaces:"))
          .anySatisfy(problem -> assertThat(problem).asString().contains("namespace a: "));
    }
  }

  @Test
  void refusedPostsAreSaid() throws ConfigException {
    String large = "[{\"name\":\"a\",\"value\":1,\"tags\":{\"k\":\"" + "x".repeat(40_000) + "\"}}]";
    folder.registry("ns1", "[]");
    try (ServerFixture agent =
        ServerFixture.start(
            folder,
            "registry.type",
            "http",
            "registry.http.url",
            registry.url(),
            "delivery.memory",
            "64KiB")) {
      assertThat(agent.post("/post?ns=a", large).statusCode()).isEqualTo(200);
      assertThat(status(agent).getJsonObject("posts").getBoolean("refusing")).isFalse();

      assertThat(agent.post("/post?ns=a", large).statusCode()).isEqualTo(503);
      assertThat(agent.post("/write?db=a", "x v=\"" + "x".repeat(40_000) + "\"").statusCode())
          .isEqualTo(503);

      JsonObject posts = status(agent).getJsonObject("posts");
      assertThat(posts.getInteger("refused")).isEqualTo(2);
      assertThat(posts.getBoolean("refusing")).isTrue();
      assertThat(posts.getString("reason")).contains("an output's queue is full");
      assertThat(problems(agent.get("/health")))
          .singleElement()
          .asString()
          .startsWith("posts refused with 503, 2 so far: ");
    }
  }

  private static JsonObject status(ServerFixture agent) {
    return new JsonObject(agent.get("/me/status").body());
  }

  private static JsonObject registry(ServerFixture agent) {
    return status(agent).getJsonObject("registry");
  }

  private static JsonArray problems(HttpResponse<String> health) {
    return new JsonObject(health.body()).getJsonArray("problems");
  }
}
