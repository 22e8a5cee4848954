package io.loda.common.config;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigParseOptions;
import com.typesafe.config.ConfigValue;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** A HOCON file of keys and single values, without blocks. */
public final class FlatFile {

  private FlatFile() {}

  /**
   * A value as text.
   *
   * @param place where it was set; begins with a blank
   */
  public record Found(String text, String place) {}

  /**
   * Reads a file.
   *
   * @throws ConfigException when it can't be read, isn't HOCON, or has a block or a list
   */
  public static Map<String, Found> read(Path file) throws ConfigException {
    if (!Files.isReadable(file) || !Files.isRegularFile(file)) {
      throw new ConfigException(
          List.of(
              new Problem(
                  file.toString(),
                  "a configuration file",
                  Files.exists(file) ? "one that can't be read" : "nothing there")));
    }
    Config config;
    try {
      config =
          ConfigFactory.parseFile(
                  file.toAbsolutePath().normalize().toFile(),
                  ConfigParseOptions.defaults().setAllowMissing(false))
              .resolve();
    } catch (com.typesafe.config.ConfigException e) {
      throw new ConfigException(
          List.of(new Problem(file.toString(), "HOCON", ConfigReader.message(e))));
    }
    Map<String, Found> found = new TreeMap<>();
    List<Problem> problems = new ArrayList<>();
    for (Map.Entry<String, ConfigValue> entry : config.root().entrySet()) {
      ConfigValue value = entry.getValue();
      String place = ConfigReader.place(value);
      switch (value.valueType()) {
        case STRING, NUMBER, BOOLEAN ->
            found.put(entry.getKey(), new Found(String.valueOf(value.unwrapped()), place));
        case NULL -> {}
        default ->
            problems.add(
                new Problem(entry.getKey(), "a single value", "a block or a list" + place));
      }
    }
    if (!problems.isEmpty()) {
      throw new ConfigException(problems);
    }
    return found;
  }
}
