package io.loda.agent.schedule;

import static io.loda.agent.registry.Futures.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.loda.agent.git.SigningKeys;
import io.loda.agent.git.TestRepository;
import io.loda.agent.poll.AssignmentPoller;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The keyring of {@code plugins.verify = signed} changes while the agent runs. */
class ChangedKeyringIT {

  private static final Duration DEADLINE = Duration.ofSeconds(30);

  private TestRepository repository;
  private SigningKeys keys;
  private ScheduleFixture fixture;
  private AssignmentPoller poller;

  @BeforeEach
  void start(@TempDir Path folder) throws Exception {
    repository = new TestRepository(folder, "demo");
    keys = new SigningKeys(folder, repository);
    keys.push("#!/bin/sh\necho '[]'\n", "--gpg-sign=ours");
    fixture =
        new ScheduleFixture(
            folder, Map.of("plugins.verify", "signed", "plugins.keyring", keys.keyring.toString()));
    poller =
        fixture.poller(
            new ScriptedRegistry()
                .has(
                    "ns",
                    "[{\"measurement_type\":\"PLUGIN\",\"name\":\"demo\",\"interval\":\"0\",\"git\":\""
                        + repository.address()
                        + "\"}]"));
    await(poller.update());
    awaitState("waiting");
  }

  @AfterEach
  void close() throws Exception {
    fixture.close();
    keys.end();
    repository.close();
  }

  @Test
  void keyThatIsTakenAwayHoldsFromTheNextPullOn() throws Exception {
    keys.export("theirs");
    await(poller.update());

    Awaitility.await()
        .atMost(DEADLINE)
        .until(() -> status().problem().contains("which isn't in plugins.keyring"));
    assertThat(status().state()).isEqualTo("opening");
  }

  @Test
  void keyThatIsAddedDisturbsNothing() throws Exception {
    assertThat(
            await(calls().run("ns", repository.address(), null, DEADLINE, Duration.ZERO))
                .result()
                .ok())
        .isTrue();

    keys.export("ours", "theirs");
    await(poller.update());
    // is done after what the pull began
    await(calls().update("ns", repository.address()));

    assertThat(status().runs()).isEqualTo(1);
    assertThat(status().state()).isEqualTo("waiting");
  }

  private void awaitState(String state) {
    Awaitility.await().atMost(DEADLINE).until(() -> status().state().equals(state));
  }

  private PluginCalls calls() {
    return fixture.scheduler.pluginCalls();
  }

  private JobStatus status() throws Exception {
    return await(fixture.scheduler.jobs()).get(0);
  }
}
