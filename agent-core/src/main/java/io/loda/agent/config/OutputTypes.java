package io.loda.agent.config;

import io.loda.agent.output.OutputType;
import io.loda.agent.output.nsq.NsqType;
import io.loda.agent.output.stdout.StdoutType;
import io.loda.common.config.ConfigReader;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Finds the type of an output by its name in the configuration. */
final class OutputTypes {

  private static final List<OutputType> ALL = List.of(new StdoutType(), new NsqType());

  private OutputTypes() {}

  static List<String> names() {
    return ALL.stream().map(OutputType::name).toList();
  }

  /** Returns the type; null if it is unknown or missing, which is noted. */
  static @Nullable OutputType read(ConfigReader reader, String key) {
    String expected = "one of " + String.join(", ", names());
    String name = reader.string(key, expected);
    for (OutputType type : ALL) {
      if (type.name().equals(name)) {
        return type;
      }
    }
    reader.badText(key, expected);
    return null;
  }
}
