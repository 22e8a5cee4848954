package io.loda.agent.schedule;

import static io.loda.agent.registry.Futures.await;
import static io.loda.agent.registry.Futures.failure;
import static org.assertj.core.api.Assertions.assertThat;

import io.loda.agent.assignment.Assignment;
import io.loda.agent.assignment.RejectedItem;
import io.loda.agent.poll.AssignmentPoller;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** An item becomes wrong that something in force is of: that goes on, and the problem is said. */
class WrongItemTest {

  private static final String GOOD =
      """
      {"_id":"7","measurement_type":"PLUGIN","name":"PLUGIN.demo","git":"path:demo","interval":"60"}""";

  private final ScriptedRegistry registry = new ScriptedRegistry();
  private Path folder;

  @SuppressWarnings("NullAway.Init")
  private ScheduleFixture agent;

  @SuppressWarnings("NullAway.Init")
  private AssignmentPoller poller;

  @BeforeEach
  void begin(@TempDir Path temporary) throws Exception {
    folder = temporary;
    start();
  }

  @AfterEach
  void close() {
    agent.close();
  }

  private void start() throws Exception {
    agent = new ScheduleFixture(folder, Map.of());
    poller = agent.poller(registry);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '~',
      quoteCharacter = '§',
      textBlock =
          """
          "interval":"60" ~ "interval":"60","ref":["a"] ~ ref: expected a string, found ["a"]
          "interval":"60" ~ "interval":"60","ref":{"a":1} ~ ref: expected a string, found {"a":1}
          "interval":"60" ~ "interval":[1] ~ interval: expected a string, found [1]
          "interval":"60" ~ "interval":"soon" ~ interval: expected seconds
          ,"interval":"60" ~ § § ~ interval: expected seconds
          "interval":"60" ~ "interval":"60","parameters":5 ~ parameters: expected a string, found 5
          "interval":"60" ~ "interval":"60","parameters":"a && b" ~ parameters: expected arguments
          "interval":"60" ~ "interval":"60","mode":true ~ mode: expected a string
          "interval":"60" ~ "interval":"60","format":"xml" ~ format: expected one of
          "interval":"60" ~ "interval":"60","keep":"true" ~ keep: expected interval 0
          "path:demo" ~ ["path:demo"] ~ git: expected a string
          "path:demo" ~ "nowhere" ~ git: expected git@host
          "_id":"7", ~ § § ~ name: expected a string
          "PLUGIN.demo" ~ 5 ~ name: expected a string
          "PLUGIN" ~ "PLUGN" ~ measurement_type: expected one of
          """)
  void itsLastGoodOneGoesOnAlsoAfterARestart(String from, String to, String problem)
      throws Exception {
    String wrong = GOOD.replace(from, to);
    if (from.startsWith("\"_id\"")) {
      // known by its repository then
      wrong = wrong.replace("\"PLUGIN.demo\"", "5");
    }
    answer(GOOD);
    Map<String, Assignment> before = agent.assigned().assignments();
    assertThat(before).containsOnlyKeys("ns|demo");

    answer(wrong);
    assertGoesOn(before, problem);

    agent.close();
    registry.failsAltogether("away");
    start();
    assertThat(failure(poller.update())).hasMessageContaining("away");
    assertThat(agent.assigned().assignments()).isEqualTo(before);

    registry.failsAltogether("");
    await(poller.update());
    assertGoesOn(before, problem);

    answer(GOOD.replace("60", "61"));
    assertThat(status().problem()).isEmpty();
    assertThat(agent.assigned().assignments().values())
        .extracting(Assignment::interval)
        .containsExactly(Duration.ofSeconds(61));

    answer(wrong);
    assertThat(agent.assigned().assignments()).containsOnlyKeys("ns|demo");
    answer("");
    assertThat(agent.assigned().assignments()).isEmpty();
    answer(wrong);
    assertThat(agent.assigned().assignments()).isEmpty();
    assertThat(agent.assigned().rejected()).hasSize(1);
  }

  private void assertGoesOn(Map<String, Assignment> before, String problem) throws Exception {
    assertThat(agent.assigned().assignments()).isEqualTo(before);
    assertThat(agent.assigned().rejected()).isEmpty();
    assertThat(status().problem())
        .startsWith("item ")
        .contains(" of ns is wrong, its last good version stays in force: " + problem);
  }

  @Test
  void ofOtherTypesToo() throws Exception {
    String port = "{\"measurement_type\":\"PORT\",\"name\":\"PORT.22\",\"port\":\"22\"}";
    String cpu = "{\"measurement_type\":\"CPU\",\"name\":\"cpu\",\"detail\":\"true\"}";
    answer(port + "," + cpu);
    Map<String, Assignment> before = agent.assigned().assignments();

    answer(port.replace("\"22\"", "22") + "," + cpu.replace("\"true\"", "true"));

    assertThat(agent.assigned().assignments()).isEqualTo(before);
    assertThat(agent.assigned().problems()).containsOnlyKeys("PORT ns PORT.22", "CPU");
  }

  @Test
  void whatIsGoodNowHasItsPlaceBeforeIt() throws Exception {
    answer(GOOD);
    String renamed = GOOD.replace("\"_id\":\"7\",", "").replace("PLUGIN.demo", "PLUGIN.other");

    answer(GOOD.replace("\"60\"", "60") + "," + renamed);

    assertThat(agent.assigned().assignments().values())
        .extracting(Assignment::name)
        .containsExactly("other");
    assertThat(agent.assigned().problems()).isEmpty();
    assertThat(agent.assigned().rejected())
        .extracting(RejectedItem::name)
        .containsExactly("PLUGIN.demo");
  }

  @Test
  void anItemThatWasNeverGoodIsLeftOut() throws Exception {
    answer(GOOD.replace("\"60\"", "60"));

    assertThat(agent.assigned().assignments()).isEmpty();
    assertThat(agent.assigned().rejected()).hasSize(1);
  }

  private void answer(String items) throws Exception {
    registry.has("ns", "[" + items + "]");
    await(poller.update());
  }

  private JobStatus status() throws Exception {
    Awaitility.await()
        .atMost(Duration.ofMinutes(1))
        .until(() -> await(agent.scheduler.jobs()).get(0).state().equals("waiting"));
    return await(agent.scheduler.jobs()).get(0);
  }
}
