package io.loda.common.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.loda.common.config.ConfigException;
import io.loda.common.settings.Setting;
import io.loda.common.settings.Settings;
import io.loda.common.settings.SettingsCommand;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;

/**
 * Gives each of a program's settings three values that are wrong, by its flag, its variable and the
 * file.
 */
public final class WrongSettings {

  private final List<Setting> all;
  private final Reading reading;
  private final Path folder;

  /** Reads a program's settings. */
  public interface Reading {
    void of(Settings settings) throws ConfigException;
  }

  public WrongSettings(List<Setting> all, Reading reading, Path folder) {
    this.all = all;
    this.reading = reading;
    this.folder = folder;
  }

  /**
   * Each is refused by its name, with what was expected, and with where it was found.
   *
   * @param wrong three values for each setting; none for one that takes any text
   * @param secret the name of the setting whose values aren't shown
   */
  public void areNamed(Map<String, List<String>> wrong, String secret) throws IOException {
    assertThat(wrong.keySet())
        .containsExactlyInAnyOrderElementsOf(all.stream().map(Setting::name).toList());
    for (Setting setting : all) {
      List<String> values = wrong.getOrDefault(setting.name(), List.of());
      assertThat(values.size()).as(setting.name()).isIn(0, 3);
      for (String value : values) {
        Path file =
            Files.writeString(folder.resolve("wrong.conf"), setting.name() + " = " + quoted(value));
        isNamed(setting, value, secret, " (flag)", Map.of(), "--" + setting.name() + "=" + value);
        if (setting.letter() != null) {
          isNamed(setting, value, secret, " (flag)", Map.of(), "-" + setting.letter(), value);
        }
        isNamed(
            setting, value, secret, " (environment variable)", Map.of(setting.variable(), value));
        isNamed(
            setting,
            value,
            secret,
            " (" + file + ", line 1)",
            Map.of(),
            "--config",
            file.toString());
      }
    }
  }

  private static String quoted(String value) {
    StringBuilder text = new StringBuilder("\"");
    value.chars().forEach(c -> text.append(String.format("\\u%04x", c)));
    return text.append('"').toString();
  }

  private void isNamed(
      Setting setting,
      String value,
      String secret,
      String place,
      Map<String, String> environment,
      String... arguments) {
    CommandSpec command = CommandSpec.create();
    SettingsCommand.addTo(command, all);
    String found = setting.name().equals(secret) ? "" : ", found \"" + value + '"';
    assertThatThrownBy(
            () ->
                reading.of(
                    SettingsCommand.read(
                        new CommandLine(command).parseArgs(arguments), all, environment)))
        .as("%s%s", value, place)
        .isInstanceOf(ConfigException.class)
        .hasMessageStartingWith("--" + setting.name() + " (" + setting.variable() + "): expected ")
        .hasMessageEndingWith(found + place);
  }
}
