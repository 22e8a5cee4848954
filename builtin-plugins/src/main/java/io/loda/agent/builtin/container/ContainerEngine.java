package io.loda.agent.builtin.container;

import java.io.IOException;
import java.util.Map;

/** A program that runs containers, and can say what it calls them. */
interface ContainerEngine {

  /**
   * Asks it. Blocks for a short time at most.
   *
   * @return its running containers, by id; empty when there is no such engine here
   * @throws IOException when it is here and doesn't answer
   */
  Map<String, Container> containers() throws IOException;
}
