package io.loda.common.settings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.loda.common.config.ConfigException;
import io.loda.common.config.HostPort;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;

class SettingsTest {

  private static final Setting ADDRESS =
      Setting.of("address", "a", "ADDRESS", "localhost:8080", "Where it listens.");
  private static final Setting INTERVAL =
      Setting.of("store-interval", "i", "STORE_INTERVAL", "300", "How often it stores.");
  private static final Setting RESTORE =
      Setting.onOff("restore", "r", "RESTORE", true, "Whether it restores.");
  private static final Setting FILE =
      Setting.mayBeEmpty("file", "f", "FILE", "/tmp/x.json", "Where it stores.");
  private static final List<Setting> ALL = List.of(ADDRESS, INTERVAL, RESTORE, FILE);

  @TempDir private Path folder;

  private static Settings settings(Map<String, String> environment, String... arguments)
      throws ConfigException {
    CommandSpec command = CommandSpec.create();
    SettingsCommand.addTo(command, ALL);
    return SettingsCommand.read(new CommandLine(command).parseArgs(arguments), ALL, environment);
  }

  @Test
  void hasDefaults() throws Exception {
    Settings settings = settings(Map.of());
    assertThat(settings.address(ADDRESS, "0.0.0.0", false))
        .isEqualTo(new HostPort("localhost", 8080));
    assertThat(settings.interval(INTERVAL, true)).isEqualTo(Duration.ofMinutes(5));
    assertThat(settings.onOff(RESTORE)).isTrue();
    assertThat(settings.pathOrNull(FILE)).isEqualTo(Path.of("/tmp/x.json"));
    settings.check();
  }

  @ParameterizedTest
  @ValueSource(strings = {"-a=:9", "-a :9", "--address :9", "--address=:9", "-a :1 -a :9"})
  void takesAFlagInEachForm(String flags) throws Exception {
    assertThat(settings(Map.of(), flags.split(" ", -1)).address(ADDRESS, "0.0.0.0", false))
        .isEqualTo(new HostPort("0.0.0.0", 9));
  }

  @ParameterizedTest
  @CsvSource({"-r, true", "-r=false, false", "--restore=false, false", "-r=1, true", "-r=F, x"})
  void takesTrueAndFalse(String flag, String expected) throws Exception {
    Settings settings = settings(Map.of("RESTORE", "true"), flag);
    assertThat(settings.onOff(RESTORE)).isEqualTo(expected.equals("true"));
    if (expected.equals("x")) {
      assertThatThrownBy(settings::check)
          .hasMessage(
              "--restore (RESTORE): expected one of 1, t, true, TRUE, 0, f, false, FALSE, found"
                  + " \"F\" (flag)");
    }
  }

  @Test
  void aFlagWinsOverTheVariableOverTheFileOverTheDefault() throws Exception {
    Path file = folder.resolve("x.conf");
    Files.writeString(
        file, "store-interval = 7, restore = false\naddress = \"h:1\"\nfile = \"\"\n");
    Map<String, String> environment = Map.of("STORE_INTERVAL", "8", "ADDRESS", "h:2", "FILE", "/y");

    Settings settings =
        settings(environment, "--config", file.toString(), "--store-interval", "1m30s");
    assertThat(settings.interval(INTERVAL, true)).isEqualTo(Duration.ofSeconds(90));
    assertThat(settings.address(ADDRESS, "x", false)).isEqualTo(new HostPort("h", 2));
    assertThat(settings.onOff(RESTORE)).isFalse();
    assertThat(settings.pathOrNull(FILE)).isEqualTo(Path.of("/y"));
    settings.check();
    assertThat(settings(Map.of(), "--config", file.toString()).pathOrNull(FILE)).isNull();
  }

  @Test
  void anEmptyVariableCountsOnlyWhereThatMeansSomething() throws Exception {
    Settings settings = settings(Map.of("FILE", "", "ADDRESS", ""));
    assertThat(settings.pathOrNull(FILE)).isNull();
    assertThat(settings.address(ADDRESS, "x", false)).isEqualTo(new HostPort("localhost", 8080));
    assertThat(settings(Map.of("FILE", "/y"), "-f=").pathOrNull(FILE)).isNull();
  }

  @ParameterizedTest
  @ValueSource(strings = {"x", "-1", "1.5", "1m30", "10ms", " 1", "99999999999", "1s1m", "s", ""})
  void refusesOtherIntervals(String text) throws Exception {
    Settings settings = settings(Map.of(), "-i=" + text);
    settings.interval(INTERVAL, true);
    assertThatThrownBy(settings::check)
        .isInstanceOf(ConfigException.class)
        .hasMessageStartingWith("--store-interval (STORE_INTERVAL): expected whole seconds");
  }

  @Test
  void saysAllThatIsWrong() throws Exception {
    Path file = folder.resolve("x.conf");
    Files.writeString(file, "# comment\nstore_interval = 7\nrestore = maybe\n");
    Settings settings = settings(Map.of("STORE_INTERVAL", "0"), "-a=x", "--config=" + file);
    settings.interval(INTERVAL, false);
    settings.address(ADDRESS, "x", true);
    settings.onOff(RESTORE);
    List<String> lines = new ArrayList<>();
    assertThatThrownBy(settings::check)
        .satisfies(e -> lines.addAll(String.valueOf(e.getMessage()).lines().toList()));
    assertThat(lines)
        .containsExactlyInAnyOrder(
            "store_interval: expected a known key (store-interval?), found an unknown one ("
                + file
                + ", line 2)",
            "--store-interval (STORE_INTERVAL): expected whole seconds or a duration like 1m30s,"
                + " more than 0, found \"0\" (environment variable)",
            "--address (ADDRESS): expected host:port or :port, also with http:// before it, found"
                + " \"x\" (flag)",
            "--restore (RESTORE): expected one of 1, t, true, TRUE, 0, f, false, FALSE, found"
                + " \"maybe\" ("
                + file
                + ", line 3)");
  }

  @Test
  void refusesAFileThatIsNone() {
    assertThatThrownBy(() -> settings(Map.of(), "--config", folder.toString()))
        .isInstanceOf(ConfigException.class);
    assertThatThrownBy(() -> settings(Map.of(), "--config", folder.resolve("none").toString()))
        .hasMessageContaining("nothing there");
  }
}
