package io.loda.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.loda.common.config.ConfigException;
import io.loda.common.config.HostPort;
import io.loda.common.settings.SettingsCommand;
import io.loda.common.testing.SettingsTable;
import io.loda.common.testing.WrongSettings;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;

class ServerSettingsTest {

  private static ServerSettings settings(Map<String, String> environment, String... arguments)
      throws ConfigException {
    CommandSpec command = CommandSpec.create();
    SettingsCommand.addTo(command, ServerSettings.ALL);
    return ServerSettings.of(
        SettingsCommand.read(
            new CommandLine(command).parseArgs(arguments), ServerSettings.ALL, environment));
  }

  @Test
  void defaults() throws Exception {
    ServerSettings settings = settings(Map.of());
    assertThat(settings.api().listen()).isEqualTo(new HostPort("localhost", 8080));
    assertThat(settings.api().key()).isNull();
    assertThat(settings.api().requireSignature()).isTrue();
    assertThat(settings.api().requestTimeout()).isEqualTo(Duration.ofSeconds(10));
    assertThat(settings.logLevel()).isEqualTo("info");
    assertThat(settings.storeInterval()).isEqualTo(Duration.ofMinutes(5));
    assertThat(settings.file()).isEqualTo(Path.of("/tmp/metrics-db.json"));
    assertThat(settings.restore()).isTrue();
    assertThat(settings.database()).isNull();
    assertThat(settings.profiles().cpuFile()).isEqualTo(Path.of("./cpu.pprof"));
    assertThat(settings.profiles().cpuDuration()).isEqualTo(Duration.ofSeconds(30));
    assertThat(settings.profiles().memoryFile()).isEqualTo(Path.of("./mem.pprof"));
  }

  @Test
  void eachByItsFlag() throws Exception {
    ServerSettings settings =
        settings(
            Map.of(),
            ("-a :1 -l debug -i 0 -f /x -r=false --database-driver postgresql -d postgres://u:hunter2@h/db -k secret"
                    + " --require-signature=0 --request-timeout 3 --cpu-profile-file c"
                    + " --cpu-profile-duration 1m --mem-profile-file m")
                .split(" ", -1));
    assertThat(settings.api().listen()).isEqualTo(new HostPort("0.0.0.0", 1));
    assertThat(settings.api().key()).isEqualTo("secret");
    assertThat(settings.api().requireSignature()).isFalse();
    assertThat(settings.api().requestTimeout()).isEqualTo(Duration.ofSeconds(3));
    assertThat(settings.logLevel()).isEqualTo("debug");
    assertThat(settings.storeInterval()).isZero();
    assertThat(settings.file()).isEqualTo(Path.of("/x"));
    assertThat(settings.restore()).isFalse();
    assertThat(settings.database()).isNotNull();
    assertThat(String.valueOf(settings.database())).contains("h").doesNotContain("hunter2");
    assertThat(settings.profiles().cpuFile()).isEqualTo(Path.of("c"));
    assertThat(settings.profiles().cpuDuration()).isEqualTo(Duration.ofMinutes(1));
    assertThat(settings.profiles().memoryFile()).isEqualTo(Path.of("m"));
    assertThat(settings.toString()).doesNotContain("secret");
  }

  @Test
  void eachByItsVariable() throws Exception {
    ServerSettings settings =
        settings(
            Map.ofEntries(
                Map.entry("ADDRESS", ":1"),
                Map.entry("LOG_LEVEL", "WARN"),
                Map.entry("STORE_INTERVAL", "7"),
                Map.entry("FILE_STORAGE_PATH", ""),
                Map.entry("RESTORE", "f"),
                Map.entry("DATABASE_DRIVER", "postgresql"),
                Map.entry("DATABASE_DSN", "host=h user=u password=hunter2 dbname=db"),
                Map.entry("KEY", "k"),
                Map.entry("REQUIRE_SIGNATURE", "FALSE"),
                Map.entry("REQUEST_TIMEOUT", "2"),
                Map.entry("CPU_PROFILE_FILE", "c"),
                Map.entry("CPU_PROFILE_DURATION", "5"),
                Map.entry("MEM_PROFILE_FILE", "m")));
    assertThat(settings.api().listen()).isEqualTo(new HostPort("0.0.0.0", 1));
    assertThat(settings.api().key()).isEqualTo("k");
    assertThat(settings.api().requireSignature()).isFalse();
    assertThat(settings.api().requestTimeout()).isEqualTo(Duration.ofSeconds(2));
    assertThat(settings.logLevel()).isEqualTo("warn");
    assertThat(settings.storeInterval()).isEqualTo(Duration.ofSeconds(7));
    assertThat(settings.file()).isNull();
    assertThat(settings.restore()).isFalse();
    assertThat(settings.database()).isNotNull();
    assertThat(String.valueOf(settings.database())).contains("h").doesNotContain("hunter2");
    assertThat(settings.profiles().cpuDuration()).isEqualTo(Duration.ofSeconds(5));
  }

  @Test
  void namesWhatIsWrong(@TempDir Path folder) throws Exception {
    new WrongSettings(ServerSettings.ALL, ServerSettings::of, folder)
        .areNamed(
            Map.ofEntries(
                Map.entry("address", List.of("-1:1", ":70000", "[::1")),
                Map.entry("log-level", List.of("trace", "warning", "1")),
                Map.entry("store-interval", List.of("-1", "1.5", "soon")),
                Map.entry("file-storage-path", List.of("\0", "a\0", "/tmp/a\0b")),
                Map.entry("restore", List.of("yes", "True", "2")),
                Map.entry("database-driver", List.of("mysql", "pgx5", "sqlite")),
                Map.entry(
                    "database-dsn",
                    List.of(
                        "nonsense",
                        "host=/run/postgresql",
                        "postgres://u:hunter2@h/db?sslmode=maybe")),
                // any text
                Map.entry("key", List.of()),
                Map.entry("require-signature", List.of("no", "False", "00")),
                Map.entry("request-timeout", List.of("0", "-1", "10 s")),
                Map.entry("cpu-profile-file", List.of("\0", "a\0", "/tmp/a\0b")),
                Map.entry("cpu-profile-duration", List.of("0", "30ms", "0s")),
                Map.entry("mem-profile-file", List.of("\0", "a\0", "/tmp/a\0b"))),
            "database-dsn");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "x",
        ":",
        ":-1",
        ":+1",
        ":1x",
        ":\u0661",
        "-1:1",
        "a-:1",
        ".a:1",
        "a..b:1",
        "a b:1",
        "a/b:1",
        "256.0.0.1:1",
        "1.2.3:1",
        "1:1",
        "::1:1",
        "[::1",
        "[::g]:1",
        "[a]:1",
        "ä:1",
        "*:1",
        "http://a:1"
      })
  void refusesAnAddressThatCannotBe(String text) {
    assertThatThrownBy(() -> settings(Map.of("ADDRESS", text)))
        .hasMessageStartingWith("--address (ADDRESS): expected host:port or :port, found");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        ":0",
        "a:1",
        "a.b-c.d_e:65535",
        "a.:1",
        "_a:1",
        "1a:1",
        "127.0.0.1:1",
        "[::1]:1",
        "[::]:1",
        "[::ffff:127.0.0.1]:1",
        "xn--4ca:1"
      })
  void takesAnAddressThatCanBe(String text) throws Exception {
    assertThat(settings(Map.of("ADDRESS", text)).api().listen().host()).isNotEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"--cpu-profile-file=", "--mem-profile-file=", "--log-level=", "--restore="})
  void anEmptyFlagIsNoneOfTheseValues(String flag) {
    assertThatThrownBy(() -> settings(Map.of(), flag)).isInstanceOf(ConfigException.class);
  }

  @Test
  void showsNoPassword() {
    assertThatThrownBy(() -> settings(Map.of(), "-d=postgres://u:hunter2@h/db?sslmode=maybe"))
        .hasMessageNotContaining("hunter2");
  }

  @Test
  void theDocumentationHasThem() throws Exception {
    SettingsTable.has("Settings of the server", ServerSettings.ALL);
  }
}
