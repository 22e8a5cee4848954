package io.loda.common.settings;

import io.loda.common.config.ConfigException;
import io.loda.common.config.FlatFile;
import io.loda.common.config.Problem;
import io.loda.common.config.Suggestion;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParseResult;

/**
 * Reads settings from the options of a command: {@code -a=x}, {@code -a x}, {@code --address x},
 * {@code --address=x}; a boolean also as {@code -r} alone. If an option is repeated, the last one
 * counts.
 */
public final class SettingsCommand {

  private static final String CONFIG = "--config";

  private SettingsCommand() {}

  /** Adds the options of these settings, and {@code --config}, to a command. */
  public static void addTo(CommandSpec command, List<Setting> settings) {
    command.parser().overwrittenOptionsAllowed(true).trimQuotes(false);
    for (Setting setting : settings) {
      List<String> names = new ArrayList<>();
      if (setting.letter() != null) {
        names.add("-" + setting.letter());
      }
      names.add("--" + setting.name());
      OptionSpec.Builder option =
          OptionSpec.builder(names.toArray(new String[0]))
              .type(String.class)
              .paramLabel(setting.onOff() ? "true|false" : "VALUE")
              .description(description(setting));
      command.addOption(
          setting.onOff()
              ? option.arity("0..1").fallbackValue("true").build()
              : option.arity("1").build());
    }
    command.addOption(
        OptionSpec.builder(CONFIG)
            .type(String.class)
            .arity("1")
            .paramLabel("FILE")
            .description("HOCON with the long names as keys: name = value.")
            .build());
  }

  private static String description(Setting setting) {
    String otherwise =
        setting.otherwise().isEmpty() ? "none" : setting.otherwise().replace("%", "%%");
    return setting.description().replace("%", "%%")
        + " Variable "
        + setting.variable()
        + ", default "
        + otherwise
        + ".";
  }

  /**
   * Returns the values of the settings.
   *
   * @throws ConfigException when the file can't be read, or isn't HOCON
   */
  public static Settings read(
      ParseResult arguments, List<Setting> settings, Map<String, String> environment)
      throws ConfigException {
    Map<String, String> flags = new HashMap<>();
    for (Setting setting : settings) {
      String name = "--" + setting.name();
      if (arguments.hasMatchedOption(name)) {
        flags.put(setting.name(), arguments.matchedOptionValue(name, ""));
      }
    }
    String file = arguments.matchedOptionValue(CONFIG, (String) null);
    return read(flags, settings, environment, file);
  }

  static Settings read(
      Map<String, String> flags,
      List<Setting> settings,
      Map<String, String> environment,
      @Nullable String file)
      throws ConfigException {
    Map<String, FlatFile.Found> found = file == null ? Map.of() : FlatFile.read(path(file));
    List<String> known = settings.stream().map(Setting::name).toList();
    List<Problem> problems = new ArrayList<>();
    found.forEach(
        (key, value) -> {
          if (!known.contains(key)) {
            problems.add(
                new Problem(
                    key, Suggestion.expected(key, known), "an unknown one" + value.place()));
          }
        });
    return new Settings(flags, environment, found, problems);
  }

  private static Path path(String file) throws ConfigException {
    try {
      return Path.of(file);
    } catch (InvalidPathException e) {
      throw new ConfigException(List.of(new Problem(CONFIG, "a path", '"' + file + '"')));
    }
  }
}
