package io.loda.agent.output;

import io.loda.common.config.ConfigReader;

/** A type of output: its name, and the keys that only it has. */
public interface OutputType {

  /** As {@code outputs.<name>.type} has it. */
  String name();

  /**
   * Reads and checks the keys that only this type has. A key must be asked for here whatever the
   * others say: that makes it known, and lets an environment variable set it.
   *
   * @param key the output's block; its keys are below it
   * @return settings also where there are problems, which the reader notes
   */
  OutputSettings read(ConfigReader reader, String key);
}
