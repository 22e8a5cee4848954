package io.loda.common.testing;

import static org.assertj.core.api.Assertions.assertThat;

import io.loda.common.settings.Setting;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** The tables of settings in the documentation. */
public final class SettingsTable {

  private SettingsTable() {}

  /** Each setting has a row below this heading, with its flags, its variable and its default. */
  public static void has(String heading, List<Setting> settings) throws IOException {
    Path root = Path.of(System.getProperty("agent.root", "."));
    String text = Files.readString(root.resolve("docs/metrics-server.md"));
    String section = text.split("\n## " + heading + "\n", -1)[1].split("\n## ", -1)[0];
    for (Setting setting : settings) {
      String letter = setting.letter() == null ? "" : "`-" + setting.letter() + "` ";
      assertThat(section)
          .contains(
              ("\n| " + letter + "`--" + setting.name() + "` | `" + setting.variable() + "` | ")
                  + (setting.otherwise().isEmpty() ? "| " : setting.otherwise() + " | "));
    }
  }
}
