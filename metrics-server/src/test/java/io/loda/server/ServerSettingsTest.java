package io.loda.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.loda.common.config.ConfigException;
import io.loda.common.config.HostPort;
import io.loda.common.settings.SettingsCommand;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
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

  @ParameterizedTest
  @CsvSource({
    "-a=x, --address (ADDRESS)",
    "-a=:70000, --address (ADDRESS)",
    "-a=[::1, --address (ADDRESS)",
    "-l=trace, --log-level (LOG_LEVEL)",
    "-l=, --log-level (LOG_LEVEL)",
    "-l=1, --log-level (LOG_LEVEL)",
    "-i=-1, --store-interval (STORE_INTERVAL)",
    "-i=1.5, --store-interval (STORE_INTERVAL)",
    "-i=soon, --store-interval (STORE_INTERVAL)",
    "-r=yes, --restore (RESTORE)",
    "-r=True, --restore (RESTORE)",
    "-r=2, --restore (RESTORE)",
    "-d=nonsense, --database-dsn (DATABASE_DSN)",
    "-d=host=/run/postgresql, --database-dsn (DATABASE_DSN)",
    "-d=postgres://u:hunter2@h/db?sslmode=maybe, --database-dsn (DATABASE_DSN)",
    "--database-driver=mysql, --database-driver (DATABASE_DRIVER)",
    "--require-signature=no, --require-signature (REQUIRE_SIGNATURE)",
    "--request-timeout=0, --request-timeout (REQUEST_TIMEOUT)",
    "--cpu-profile-duration=0, --cpu-profile-duration (CPU_PROFILE_DURATION)",
    "--cpu-profile-file=, --cpu-profile-file (CPU_PROFILE_FILE)",
    "--mem-profile-file=, --mem-profile-file (MEM_PROFILE_FILE)"
  })
  void namesWhatIsWrong(String flag, String name) {
    assertThatThrownBy(() -> settings(Map.of(), flag))
        .isInstanceOf(ConfigException.class)
        .hasMessageStartingWith(name + ": expected ")
        .hasMessageNotContaining("hunter2");
  }
}
