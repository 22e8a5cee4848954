package io.loda.agent.builtin.container;

import java.io.IOException;
import java.util.Map;
import java.util.Set;

/** A program that runs containers, and can say what it calls them. */
interface ContainerEngine {

  /**
   * Asks it. Blocks for a short time at most.
   *
   * @param ids of the containers that are meant
   * @return those that run by it, by id, and perhaps more; empty when there is no such engine here
   * @throws IOException when it is here and doesn't answer
   */
  Map<String, Container> containers(Set<String> ids) throws IOException;
}
