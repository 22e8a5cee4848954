package io.loda.agent.schedule;

import static io.loda.agent.registry.Futures.await;
import static io.loda.agent.registry.Futures.failure;
import static io.loda.agent.registry.RegistryServer.ITEMS;
import static io.loda.agent.registry.RegistryServer.NAMESPACES;
import static io.loda.agent.registry.RegistryServer.REPORT;
import static io.loda.agent.registry.RegistryServer.good;
import static io.loda.agent.registry.RegistryServer.sample;
import static org.assertj.core.api.Assertions.assertThat;

import io.loda.agent.assignment.AssignmentSet;
import io.loda.agent.poll.AssignmentPoller;
import io.loda.agent.registry.Registries;
import io.loda.agent.registry.RegistryServer;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServerRequest;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The poller with the real client: whatever the registry does, what was assigned goes on. */
class LastGoodAnswerTest {

  private final Vertx vertx = Vertx.vertx();
  private final RegistryServer server = new RegistryServer(vertx);
  private final ScheduleFixture fixture;
  private final AssignmentPoller poller;
  private final AssignmentSet before;

  LastGoodAnswerTest(@TempDir Path folder) throws Exception {
    await(server.start());
    server
        .on(NAMESPACES, 200, sample("agent-ns.response.json"))
        .on(ITEMS, 200, sample("agent-resource.response.json"))
        .on(REPORT, 200, good("null"));
    fixture =
        new ScheduleFixture(
            folder,
            Map.of(
                "registry.type",
                "http",
                "registry.http.url",
                server.url(),
                "registry.http.timeout",
                "5s",
                // the captured plugin's host is none of ours
                "plugins.git-url",
                folder.toUri() + "%s.git"));
    poller = fixture.poller(Registries.create(fixture.vertx, fixture.config.registry()));
    await(poller.update());
    before = fixture.assigned();
  }

  @AfterEach
  void close() throws Exception {
    fixture.close();
    await(vertx.close());
  }

  @Test
  void theCapturedAnswersAreAssigned() {
    assertThat(before.namespaces()).containsOnlyKeys("pool.loda", "web.shop.loda");
    assertThat(before.assignments())
        .containsKeys(
            "CPU",
            "pool.loda|plugin-demo",
            "web.shop.loda|plugin-demo",
            "PORT pool.loda PORT.ssh.22")
        .hasSize(10 + 2 * 5);
    assertThat(before.rejected()).isEmpty();
  }

  static List<Arguments> badAnswers() {
    return List.of(
        answer("an error", request -> request.response().setStatusCode(500).end(unknown())),
        answer("an error inside", request -> request.response().end(unknown())),
        answer("a time-out", request -> {}),
        answer("invalid JSON", request -> request.response().end("{\"httpstatus\":200,\"data\":[")),
        answer("nothing", request -> request.response().end(good("null"))),
        answer("an empty list", request -> request.response().end(good("[]"))),
        answer("an empty object", request -> request.response().end(good("{}"))),
        answer("a closed connection", request -> request.connection().close()));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("badAnswers")
  void aBadAnswerAboutItemsChangesNothing(String name, Consumer<HttpServerRequest> answer)
      throws Exception {
    server.on(ITEMS, answer);

    assertThat(failure(poller.update())).hasMessageContaining(ITEMS);
    assertThat(fixture.assigned()).isEqualTo(before);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("badAnswers")
  void aBadAnswerAboutNamespacesChangesNothing(String name, Consumer<HttpServerRequest> answer)
      throws Exception {
    server.on(NAMESPACES, answer);

    assertThat(failure(poller.update())).hasMessageContaining(NAMESPACES);
    assertThat(fixture.assigned()).isEqualTo(before);
  }

  private static Arguments answer(String name, Consumer<HttpServerRequest> answer) {
    return Arguments.of(name, answer);
  }

  private static String unknown() {
    return sample("agent-resource.unknown-ns.response.json");
  }
}
