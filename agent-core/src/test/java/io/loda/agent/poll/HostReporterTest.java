package io.loda.agent.poll;

import static io.loda.agent.registry.Futures.await;
import static io.loda.agent.registry.Futures.failure;
import static org.assertj.core.api.Assertions.assertThat;

import io.loda.agent.registry.HostIdentity;
import io.loda.agent.registry.Report;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** When the registry is told who this host is, and what waits for that. */
class HostReporterTest extends PollerFixture {

  HostReporterTest(@TempDir Path folder) throws Exception {
    super(folder);
  }

  @Test
  void theFirstReportComesAfterTheFirstAnswer() throws Exception {
    startedWith("[" + SSH + "]", "[" + WEB + "]");

    Awaitility.await().until(() -> !registry.reports().isEmpty());
    HostIdentity web1 = registry.reports().get(0).now();
    assertThat(web1.hostname()).isEqualTo("web1");
    assertThat(registry.reports())
        .containsExactly(new Report(web1, web1, List.of("id of a", "id of b"), List.of("a", "b")));
  }

  @Test
  void aHostWithANewNameIsReportedBeforeItAsks() throws Exception {
    AssignmentPoller poller = startedWith("[" + SSH + "]", "[" + WEB + "]");
    Awaitility.await().until(() -> registry.reports().size() == 1);
    int pulls = registry.pulls();

    fixture.hostname("web2");
    registry.has("a", "[" + WEB + "]");
    registry.refusesReports("node is locked");
    assertThat(failure(poller.update()))
        .hasMessage(
            "the host is now called web2, and the registry doesn't know yet: node is locked");
    assertThat(registry.pulls()).isEqualTo(pulls);
    assertThat(assigned()).containsExactlyInAnyOrder("PORT a PORT.22", "PORT b PORT.80");

    registry.refusesReports("");
    await(poller.update());
    Report accepted = registry.reports().get(registry.reports().size() - 1);
    assertThat(accepted.now().hostname()).isEqualTo("web2");
    assertThat(accepted.before().hostname()).isEqualTo("web1");
    assertThat(accepted.update()).isTrue();
    assertThat(registry.pulls()).isEqualTo(pulls + 1);
    assertThat(assigned()).containsExactlyInAnyOrder("PORT a PORT.80", "PORT b PORT.80");
  }

  @Test
  void aNewNameIsNoticedAcrossARestart() throws Exception {
    reported("{\"hostname\":\"old\",\"ips\":[]}");
    registry.has("a", "[" + SSH + "]");
    fixture.poller(registry);

    awaitAssigned("PORT a PORT.22");
    assertThat(registry.reports().get(0).before().hostname()).isEqualTo("old");
    assertThat(registry.reports().get(0).update()).isTrue();
  }

  @Test
  void otherAddressesAreReportedWithTheOldOnes() throws Exception {
    reported("{\"hostname\":\"web1\",\"ips\":[\"10.0.0.1\",\"10.0.0.2\"]}");
    registry.has("a", "[" + SSH + "]");
    // and keep no answer
    registry.refusesReports("down");
    AssignmentPoller poller = fixture.poller(registry);

    awaitAssigned("PORT a PORT.22");
    assertThat(registry.reports())
        .isNotEmpty()
        .allSatisfy(
            report -> {
              assertThat(report.update()).isTrue();
              assertThat(report.before().ips()).containsExactly("10.0.0.1", "10.0.0.2");
              assertThat(report.now().ips()).isEmpty();
            });

    registry.refusesReports("");
    await(poller.update());
    int reports = registry.reports().size();
    await(poller.update());
    assertThat(registry.reports()).hasSize(reports);
  }

  @Test
  void whatWasAcceptedIsRemembered() throws Exception {
    startedWith("[" + SSH + "]", "[" + WEB + "]");

    Path file = folder.resolve("data/registry/reported.json");
    Awaitility.await().until(() -> Files.exists(file));
    assertThat(Files.readString(file)).isEqualTo("{\"hostname\":\"web1\",\"ips\":[]}");
  }

  private void reported(String json) throws Exception {
    Path saved = Files.createDirectories(folder.resolve("data/registry"));
    Files.writeString(saved.resolve("reported.json"), json);
  }
}
