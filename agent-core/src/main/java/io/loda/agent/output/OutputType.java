package io.loda.agent.output;

import io.loda.common.config.ConfigReader;

/** A type of output: its name, and the keys that only it has. */
public interface OutputType {

  /** Returns the name in {@code outputs.<name>.type}. */
  String name();

  /**
   * Reads and checks the keys that only this type has. It must read every key, whatever the values
   * of the others: that makes the key known, and lets an environment variable set it.
   *
   * @param key the output's block; its keys are below it
   * @return settings even if there are problems, which the reader notes
   */
  OutputSettings read(ConfigReader reader, String key);
}
