package io.loda.agent.config;

import io.loda.agent.output.OutputType;
import io.loda.agent.output.nsq.NsqType;
import io.loda.agent.output.stdout.StdoutType;
import io.loda.common.config.ConfigReader;
import java.util.List;

/** The types of outputs, by the name that the configuration has. */
final class OutputTypes {

  /** The first stands in for one that isn't known. */
  private static final List<OutputType> ALL = List.of(new StdoutType(), new NsqType());

  private OutputTypes() {}

  static List<String> names() {
    return ALL.stream().map(OutputType::name).toList();
  }

  /** The one that the key names. */
  static OutputType read(ConfigReader reader, String key) {
    String name = reader.oneOf(key, names());
    return ALL.stream().filter(type -> type.name().equals(name)).findFirst().orElseThrow();
  }
}
