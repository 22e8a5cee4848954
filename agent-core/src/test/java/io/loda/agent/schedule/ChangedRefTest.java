package io.loda.agent.schedule;

import static io.loda.agent.registry.Futures.await;
import static io.loda.agent.registry.Futures.failure;
import static org.assertj.core.api.Assertions.assertThat;

import io.loda.agent.assignment.Assignment;
import io.loda.agent.assignment.AssignmentParser;
import io.loda.agent.assignment.AssignmentSet;
import io.loda.agent.assignment.OutputFormat;
import io.loda.agent.plugins.PluginCallException;
import io.loda.agent.source.script.result.RunResult;
import io.loda.common.files.SafeFiles;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** An item's reference changes under a plugin that runs. */
class ChangedRefTest extends VersionsFixture {

  @ParameterizedTest
  @ValueSource(
      strings = {"v9", "0123456", "0123456789012345678901234567890123456789", "a b", "-x", "a..b"})
  void oneThatCannotBeHadEndsNoPluginAndIsSaid(String ref) throws Exception {
    String good = repository.push("release", GOOD);
    start("");
    assertThat(run().occasion().commit()).isEqualTo(good);

    assign(ref);
    awaitProblem(ref);
    assertThat(run().occasion().commit()).isEqualTo(good);

    restart(ref);
    awaitProblem(ref);
    assertThat(run().occasion().commit()).isEqualTo(good);

    // and taken out again, without the server
    SafeFiles.deleteTree(folder.resolve("demo.git"));
    assign("");
    Awaitility.await().atMost(DEADLINE).until(() -> status().problem().isEmpty());
    assertThat(run().occasion().commit()).isEqualTo(good);
  }

  @Test
  void aServerThatIsAwayEndsNoPluginThatGetsAnotherReference() throws Exception {
    String good = repository.push("release", GOOD);
    repository.push("next", GOOD + "# next\n");
    start("");
    Path away = Files.move(folder.resolve("demo.git"), folder.resolve("away"));

    assign("next");
    awaitProblem("next");
    assertThat(run().occasion().commit()).isEqualTo(good);

    Files.move(away, folder.resolve("demo.git"));
    // it is tried again by itself
    timers.pass(Duration.ofMinutes(1));
    Awaitility.await().atMost(DEADLINE).until(() -> !version().equals(good));
    Awaitility.await().atMost(DEADLINE).until(() -> status().problem().isEmpty());
    assertThat(run().ok()).isTrue();
  }

  @Test
  void aReferenceThatCanBeHadIsSwitchedTo() throws Exception {
    repository.push("release", GOOD);
    String next = repository.push("next", GOOD + "# next\n");
    start("");

    assign("next");

    Awaitility.await().atMost(DEADLINE).until(() -> version().equals(next));
    Awaitility.await().atMost(DEADLINE).until(() -> status().problem().isEmpty());
    assertThat(run().occasion().commit()).isEqualTo(next);
  }

  @Test
  void oneThatBringsWhatFailsIsTakenBackAndSaid() throws Exception {
    String good = repository.push("first", GOOD);
    String bad = repository.push("second", BAD);
    start("first");
    assertThat(run().ok()).isTrue();

    assign("second");
    Awaitility.await().atMost(DEADLINE).until(() -> version().equals(bad));
    run();
    run();
    run();
    Awaitility.await().atMost(DEADLINE).until(() -> version().equals(good));
    Awaitility.await()
        .atMost(DEADLINE)
        .untilAsserted(() -> assertThat(status().problem()).contains("second", bad));
    assertThat(run())
        .extracting(run -> run.occasion().commit(), RunResult::ok)
        .containsExactly(good, true);

    restart("second");
    awaitProblem("second");
    assertThat(run().occasion().commit()).isEqualTo(good);

    String better = repository.push("second", GOOD + "# better\n");
    timers.pass(Duration.ofMinutes(20));
    Awaitility.await().atMost(DEADLINE).until(() -> version().equals(better));
    Awaitility.await().atMost(DEADLINE).until(() -> status().problem().isEmpty());
  }

  @Test
  void whatWasTakenBackIsRememberedThroughAPin() throws Exception {
    String good = repository.push("release", GOOD);
    repository.tag("v1");
    start("");
    run();
    String bad = repository.push("release", BAD);
    await(calls().update("ns", repository.address()));
    run();
    run();
    run();
    Awaitility.await().atMost(DEADLINE).until(() -> version().equals(good));

    assign("v1");
    Awaitility.await().atMost(DEADLINE).until(() -> status().problem().isEmpty());
    restart("v1");
    assign("");
    Awaitility.await()
        .atMost(DEADLINE)
        .untilAsserted(() -> assertThat(status().problem()).contains(bad, "rolled-back"));
    assertThat(run().occasion().commit()).isEqualTo(good);

    String better = repository.push("release", GOOD + "# better\n");
    await(calls().update("ns", repository.address()));
    assertThat(version()).isEqualTo(better);
    Awaitility.await().atMost(DEADLINE).until(() -> status().problem().isEmpty());
  }

  @Test
  void whatWasTakenBackStaysRefusedAfterThePinOfTheGoodCommit() throws Exception {
    String good = repository.push("release", GOOD);
    start("");
    run();
    String bad = repository.push("release", BAD);
    await(calls().update("ns", repository.address()));
    run();
    run();
    run();
    Awaitility.await().atMost(DEADLINE).until(() -> version().equals(good));
    assertThat(refusal()).contains("nothing newer than " + bad);

    assign(good);
    assertThat(run().occasion().commit()).isEqualTo(good);
    assertThat(status().problem()).isEmpty();

    assign("");
    String plain =
        good
            + " goes on: there is nothing newer than "
            + bad
            + ", which failed three times in a row and was rolled-back; push another commit, or set"
            + " ref to all of its 40 digits to try it once more";
    Awaitility.await()
        .atMost(DEADLINE)
        .untilAsserted(() -> assertThat(status().problem()).isEqualTo(plain));
    assertThat(run().occasion().commit()).isEqualTo(good);
    assertThat(refusal()).contains("nothing newer than " + bad);

    restart("");
    Awaitility.await()
        .atMost(DEADLINE)
        .untilAsserted(() -> assertThat(status().problem()).isEqualTo(plain));
    String better = repository.push("release", GOOD + "# better\n");
    timers.pass(Duration.ofMinutes(20));
    Awaitility.await().atMost(DEADLINE).until(() -> version().equals(better));
    Awaitility.await().atMost(DEADLINE).until(() -> status().problem().isEmpty());
  }

  /** What an update says that brings nothing. */
  private String refusal() throws Exception {
    Throwable refused = failure(calls().update("ns", repository.address()));
    assertThat(refused)
        .isInstanceOfSatisfying(
            PluginCallException.class,
            e -> assertThat(e.reason()).isEqualTo(PluginCallException.Reason.ROLLED_BACK));
    return String.valueOf(refused.getMessage());
  }

  private void awaitProblem(String ref) {
    Awaitility.await()
        .atMost(DEADLINE)
        .untilAsserted(
            () -> {
              assertThat(status().problem())
                  .contains(ref, "goes on")
                  .doesNotContain("being fetched");
              assertThat(status().state()).isEqualTo("waiting");
            });
  }

  private void start(String ref) throws Exception {
    begin(Map.of(), InstantSource.system());
    assign(ref);
    awaitWaiting();
  }

  private void restart(String ref) throws Exception {
    agent.close();
    start(ref);
  }

  /** Assigns it as a registry would. */
  private void assign(String ref) throws Exception {
    String item =
        """
        [{"measurement_type":"PLUGIN","name":"PLUGIN.demo","git":"%s","interval":"60","ref":"%s"}]"""
            .formatted(repository.address(), ref);
    await(
        agent.scheduler.apply(
            AssignmentSet.of(
                Map.of("ns", "id"),
                List.of(new AssignmentParser(Duration.ofSeconds(1)).parse("ns", item)))));
  }

  private String version() {
    return calls()
        .version(
            new Assignment.Script(
                "ns",
                "demo",
                repository.address(),
                "demo",
                List.of(),
                INTERVAL,
                "",
                false,
                OutputFormat.AUTO,
                false))
        .commit();
  }
}
