package io.loda.agent.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.loda.common.config.ConfigException;
import io.loda.common.config.HostPort;
import io.loda.common.profile.ProfileSettings;
import io.loda.common.settings.SettingsCommand;
import io.loda.common.testing.SettingsTable;
import io.loda.common.testing.WrongSettings;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;

class ReportSettingsTest {

  private static ReportSettings settings(String... arguments) throws ConfigException {
    CommandSpec command = CommandSpec.create();
    SettingsCommand.addTo(command, ReportSettings.ALL);
    return ReportSettings.of(
        SettingsCommand.read(
            new CommandLine(command).parseArgs(arguments), ReportSettings.ALL, Map.of()));
  }

  @ParameterizedTest
  @ValueSource(strings = {"h:1", "http://h:1", "http://h:1/"})
  void takesTheServersAddressAlsoAsAUrl(String text) throws Exception {
    assertThat(settings("-a", text).server()).isEqualTo(new HostPort("h", 1));
  }

  @ParameterizedTest
  @ValueSource(strings = {"h:0", "https://h:1", "http://h:1/x", "http://", "http://h", "-1:1"})
  void refusesAnAddressThatCannotBe(String text) {
    assertThatThrownBy(() -> settings("-a", text))
        .hasMessageStartingWith(
            "--address (ADDRESS): expected host:port or :port, also with http://");
  }

  @Test
  void namesWhatIsWrong(@TempDir Path folder) throws Exception {
    new WrongSettings(ReportSettings.ALL, ReportSettings::of, folder)
        .areNamed(
            Map.ofEntries(
                Map.entry("address", List.of("-1:1", "http://h", "h:0")),
                Map.entry("log-level", List.of("trace", "warning", "1")),
                Map.entry("poll-interval", List.of("0", "-1", "often")),
                Map.entry("report-interval", List.of("0", "1.5", "1m30")),
                Map.entry("batch-size", List.of("0", "-1", "many")),
                // any text
                Map.entry("key", List.of()),
                Map.entry("rate-limit", List.of("0", "1.0", "1001")),
                Map.entry("cpu-profile-file", List.of("\0", "a\0", "/tmp/a\0b")),
                Map.entry("cpu-profile-duration", List.of("0", "30ms", "0s")),
                Map.entry("mem-profile-file", List.of("\0", "a\0", "/tmp/a\0b"))),
            "");
  }

  /** Those of profiles are in the server's table alone. */
  @Test
  void theDocumentationHasThem() throws Exception {
    SettingsTable.has(
        "Settings of `agent report`",
        ReportSettings.ALL.stream()
            .filter(setting -> !ProfileSettings.ALL.contains(setting))
            .toList());
  }
}
