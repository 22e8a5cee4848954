package io.loda.agent.output;

import io.vertx.core.Vertx;
import java.io.OutputStream;
import java.nio.file.Path;
import java.util.Map;

/** The keys of an output that only its type has. Two with the same values are equal. */
public interface OutputSettings {

  /** The default of {@link #topicPrefix}. */
  String TOPIC_PREFIX = "collect.";

  /**
   * Creates the output, not started.
   *
   * @param name the output's in the configuration
   * @param stdout standard output; unlike a PrintStream it throws when a write fails
   */
  Output create(Vertx vertx, String name, OutputStream stdout);

  /** A topic is this prefix and a namespace. */
  default String topicPrefix() {
    return TOPIC_PREFIX;
  }

  /** The files that it must be able to read, by their key in the output's block, in order. */
  default Map<String, Path> files() {
    return Map.of();
  }
}
