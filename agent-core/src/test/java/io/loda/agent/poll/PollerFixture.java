package io.loda.agent.poll;

import static io.loda.agent.registry.Futures.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.loda.agent.schedule.ScheduleFixture;
import io.loda.agent.schedule.ScriptedRegistry;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;

/** A poller of a registry that a test answers for, with the namespaces a and b. */
abstract class PollerFixture {

  static final String SSH = port("22");
  static final String WEB = port("80");

  final ScriptedRegistry registry = new ScriptedRegistry();
  final Path folder;
  final ScheduleFixture fixture;

  PollerFixture(Path folder) throws Exception {
    this.folder = folder;
    this.fixture = new ScheduleFixture(folder, Map.of());
  }

  @AfterEach
  void close() throws Exception {
    fixture.close();
  }

  AssignmentPoller startedWith(String a, String b) throws Exception {
    registry.has("a", a).has("b", b);
    AssignmentPoller poller = fixture.poller(registry);
    await(poller.update());
    return poller;
  }

  Set<String> assigned() throws Exception {
    return fixture.assigned().assignments().keySet();
  }

  void awaitAssigned(String... keys) {
    Awaitility.await().untilAsserted(() -> assertThat(assigned()).containsExactlyInAnyOrder(keys));
  }

  static String port(String port) {
    return "{\"measurement_type\":\"PORT\",\"name\":\"PORT.%s\",\"port\":\"%s\"}"
        .formatted(port, port);
  }
}
