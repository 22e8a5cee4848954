package io.loda.agent.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.loda.common.config.HostPort;
import io.loda.common.profile.ProfileSettings;
import io.loda.common.telemetry.Counters;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What a real server of this kind answered; {@code recorded/README.md} says which. */
class RecordedServerTest {

  private final Vertx vertx = Vertx.vertx();
  private final Counters counters = new Counters();

  @AfterEach
  void close() {
    vertx.close().toCompletionStage().toCompletableFuture().join();
  }

  /** A server that answers each request with these bytes, and a reporter with this key. */
  private void report(String answer, String key) throws IOException {
    Buffer bytes;
    try (InputStream in = RecordedServerTest.class.getResourceAsStream("recorded/" + answer)) {
      bytes = Buffer.buffer(Objects.requireNonNull(in).readAllBytes());
    }
    int port =
        vertx
            .createNetServer()
            // whatever comes in one read is one request: they are some hundred bytes
            .connectHandler(socket -> socket.handler(request -> socket.write(bytes)))
            .listen(0, "127.0.0.1")
            .toCompletionStage()
            .toCompletableFuture()
            .join()
            .actualPort();
    ReportSettings settings =
        new ReportSettings(
            new HostPort("127.0.0.1", port),
            "info",
            Duration.ofMillis(50),
            Duration.ofMillis(300),
            200,
            key,
            1,
            new ProfileSettings(Path.of("c"), Duration.ofSeconds(1), Path.of("m")));
    vertx
        .deployVerticle(new Reporter(settings, counters))
        .toCompletionStage()
        .toCompletableFuture()
        .join();
  }

  @Test
  void isUnderstoodWhereItTakesAReport() throws Exception {
    report("accepted.answer", "secret");
    await().until(() -> counters.get("report.metrics.accepted") > 100);
    assertThat(counters.get("report.answers.unsigned")).isZero();
    assertThat(counters.get("report.metrics.refused")).isZero();
    assertThat(counters.get("report.tries.failed")).isZero();
  }

  @Test
  void isNotBelievedWithAnotherKey() throws Exception {
    report("accepted.answer", "another");
    await().until(() -> counters.get("report.answers.unsigned") >= 2);
  }

  @Test
  void isUnderstoodWhereItRefusesASignature() throws Exception {
    report("refused.answer", "another");
    await().until(() -> counters.get("report.metrics.refused") > 100);
    assertThat(counters.get("report.metrics.accepted")).isZero();
    assertThat(counters.get("report.tries.failed")).isZero();
  }
}
