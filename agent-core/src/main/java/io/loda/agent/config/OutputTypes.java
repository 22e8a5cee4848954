package io.loda.agent.config;

import io.loda.agent.output.OutputType;
import io.loda.agent.output.nsq.NsqType;
import io.loda.agent.output.stdout.StdoutType;
import io.loda.common.config.ConfigReader;
import java.util.List;

/** Finds the type of an output by its name in the configuration. */
final class OutputTypes {

  /** All types; the first one replaces an unknown type, so that the other keys are checked, too. */
  private static final List<OutputType> ALL = List.of(new StdoutType(), new NsqType());

  private OutputTypes() {}

  static List<String> names() {
    return ALL.stream().map(OutputType::name).toList();
  }

  static OutputType read(ConfigReader reader, String key) {
    String name = reader.oneOf(key, names());
    return ALL.stream().filter(type -> type.name().equals(name)).findFirst().orElseThrow();
  }
}
