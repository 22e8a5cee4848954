package io.loda.agent.registry;

import static io.loda.agent.registry.Futures.await;
import static io.loda.agent.registry.Futures.failure;
import static io.loda.agent.registry.RegistryServer.REPORT;
import static io.loda.agent.registry.RegistryServer.good;
import static org.assertj.core.api.Assertions.assertThat;

import io.loda.agent.config.Configs;
import io.loda.common.config.SecretFile;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Who an HTTP registry is told that asks. */
class HttpRegistryLoginTest extends HttpRegistryFixture {

  @Test
  void showsTheUserOfItsAddressAndNeverSaysIt() throws Exception {
    Registry registry =
        registry(vertx, server.url().replace("http://", "http://admin:P%40W/3@"), PATIENT);
    server.on(REPORT, 500, "{\"httpstatus\":500,\"msg\":\"no\"}");

    assertThat(failure(registry.report(new Report(HOST, HOST, List.of(), List.of()))))
        .hasMessageContaining(server.url())
        .hasMessageNotContaining("admin")
        .hasMessageNotContaining("W/3");
    assertThat(registry.description()).isEqualTo(server.url());
    assertThat(server.calls().get(0).authorization()).isEqualTo("Basic " + base64("admin:P@W/3"));
  }

  @ParameterizedTest
  @CsvSource({
    "basic admin:P W, Basic YWRtaW46UCBX",
    "BASIC admin:PW, Basic YWRtaW46UFc=",
    "bearer t0k.en, Bearer t0k.en"
  })
  void showsWhatTheFileSays(String line, String header, @TempDir Path folder) throws Exception {
    server.on(REPORT, 200, good("null"));
    Path file = secret(folder, line + "\n", "rw-------");

    await(withFile(file).report(new Report(HOST, HOST, List.of(), List.of())));

    assertThat(server.calls().get(0).authorization()).isEqualTo(header);
  }

  @Test
  void aFileThatOthersReadIsNotTakenNorWhatIsNoLogin(@TempDir Path folder) throws Exception {
    Path file = secret(folder, "basic admin:PW", "rw-r--r--");
    Registry registry = withFile(file);
    Report report = new Report(HOST, HOST, List.of(), List.of());

    assertThat(failure(registry.report(report)))
        .hasMessageContaining(file + " has mode 0644")
        .hasMessageContaining("chmod 600 " + file);
    secret(folder, "PW", "rw-------");
    assertThat(failure(registry.report(report)))
        .hasMessageContaining("expected one line, basic USER:PASSWORD or bearer TOKEN")
        .hasMessageNotContaining("PW");
    assertThat(server.calls()).isEmpty();
  }

  private Registry withFile(Path file) {
    return Registries.create(
        vertx,
        Configs.registry(
            "http",
            Path.of("/"),
            server.url(),
            new SecretFile(file, Path.of("/opt/agent")),
            PATIENT,
            Duration.ZERO,
            Duration.ZERO));
  }

  private static Path secret(Path folder, String text, String mode) throws IOException {
    Path file = Files.writeString(folder.resolve("login"), text);
    return Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(mode));
  }

  private static String base64(String text) {
    return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
  }
}
