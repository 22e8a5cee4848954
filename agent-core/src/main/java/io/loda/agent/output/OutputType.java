package io.loda.agent.output;

import io.loda.common.config.ConfigReader;

/** A kind of output: its name, and what its keys are. */
public interface OutputType {

  /** As {@code outputs.<name>.type} has it. */
  String name();

  /**
   * Reads and checks the keys that only this type has. A key that is asked for here is known from
   * then on, and can be set by an environment variable; so each is asked for whatever the others
   * say.
   *
   * @param key the output's block; its keys are below it
   * @return something also where there are problems, which the reader notes
   */
  OutputSettings read(ConfigReader reader, String key);
}
