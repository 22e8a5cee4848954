package io.loda.agent.builtin.container;

import java.io.IOException;
import java.util.Map;
import java.util.Set;

/** A program that runs containers and tells their names. */
interface ContainerEngine {

  /**
   * Asks the engine. Blocks for a short time at most.
   *
   * @param ids of the containers that are asked for
   * @return the engine's containers by id, perhaps more than asked for; empty if this host doesn't
   *     have the engine
   * @throws IOException if the engine doesn't answer
   */
  Map<String, Container> containers(Set<String> ids) throws IOException;
}
