package io.loda.agent.schedule;

import static io.loda.agent.registry.Futures.await;
import static io.loda.agent.registry.Futures.failure;
import static org.assertj.core.api.Assertions.assertThat;

import io.loda.agent.poll.AssignmentPoller;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The host owner's policy changes while the agent runs. */
class ChangedPolicyTest {

  private static final String SSH =
      "[{\"measurement_type\":\"PORT\",\"name\":\"PORT.22\",\"port\":\"22\"}]";

  private final ScriptedRegistry registry = new ScriptedRegistry();
  private Path file;
  private ScheduleFixture fixture;
  private AssignmentPoller poller;

  @BeforeEach
  void start(@TempDir Path folder) throws Exception {
    file = Files.createDirectory(folder.resolve("conf")).resolve("policy.conf");
    Files.writeString(file, "deny-namespaces = [b], max-timeout = 20s");
    registry.has("a", SSH).has("b", SSH).has("c", SSH);
    fixture = new ScheduleFixture(folder, Map.of());
    poller = fixture.poller(registry);
    await(poller.update());
    assertThat(namespaces()).containsExactlyInAnyOrder("a", "c");
  }

  @AfterEach
  void close() {
    fixture.close();
  }

  @Test
  void holdsFromTheNextPullOn() throws Exception {
    Files.writeString(file, "deny-namespaces = [c], max-timeout = 5s");
    await(poller.update());

    assertThat(namespaces()).containsExactlyInAnyOrder("a", "b");
    assertThat(fixture.assigned().rejected())
        .extracting(item -> item.namespace() + ": " + item.reason())
        .containsExactly("c: policy: deny-namespaces has \"c\"");
    assertThat(fixture.counters.get("policy.refused.deny-namespaces")).isEqualTo(2);
    assertThat(fixture.policy.maxTimeout()).isEqualTo(Duration.ofSeconds(5));
  }

  @Test
  void holdsAlsoWhileTheRegistryIsAway() throws Exception {
    registry.failsAltogether("down");
    Files.writeString(file, "deny-namespaces = [a, b]");

    assertThat(failure(poller.update())).hasMessageContaining("down");

    assertThat(namespaces()).containsExactly("c");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "# nothing yet", "deny-namespaces = [", "deny-namespace = [c]", "-"})
  void oneThatCannotBeUnderstoodOrWentAwayFreesNobody(String text) throws Exception {
    if (text.equals("-")) {
      Files.delete(file);
    } else {
      Files.writeString(file, text);
    }
    await(poller.update());

    assertThat(namespaces()).containsExactlyInAnyOrder("a", "c");

    Files.writeString(file, "deny-namespaces = [c]");
    await(poller.update());
    assertThat(namespaces()).containsExactlyInAnyOrder("a", "b");
  }

  private Set<String> namespaces() throws Exception {
    return fixture.assigned().namespaces().keySet();
  }
}
