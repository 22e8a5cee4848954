package io.loda.agent.output;

import io.vertx.core.Vertx;
import java.io.OutputStream;
import java.nio.file.Path;
import java.util.Map;

/** What an output of some type has been told; one of the same settings equals another. */
public interface OutputSettings {

  /** What goes before a namespace unless an output says otherwise. */
  String TOPIC_PREFIX = "collect.";

  /**
   * Makes the output; starts nothing.
   *
   * @param name the output's in the configuration
   * @param stdout fails when it can't be written, as a PrintStream doesn't
   */
  Output create(Vertx vertx, String name, OutputStream stdout);

  /** What goes before a namespace to make a topic. */
  default String topicPrefix() {
    return TOPIC_PREFIX;
  }

  /** The files that it can't send without, by their key below the output's; in the keys' order. */
  default Map<String, Path> files() {
    return Map.of();
  }
}
