package io.loda.agent.output;

import io.vertx.core.Vertx;
import java.io.OutputStream;
import java.nio.file.Path;
import java.util.Map;

/** The keys that only one type of output has. Settings with the same values are equal. */
public interface OutputSettings {

  /** The default of {@link #topicPrefix}. */
  String TOPIC_PREFIX = "collect.";

  /**
   * Creates the output, not started.
   *
   * @param name the output's name in the configuration
   * @param stdout standard output; unlike a PrintStream it throws when a write fails
   */
  Output create(Vertx vertx, String name, OutputStream stdout);

  /** Returns the prefix of the topics; a namespace follows it. */
  default String topicPrefix() {
    return TOPIC_PREFIX;
  }

  /**
   * Returns the files that the output must be able to read, by their key in the output's block, in
   * order.
   */
  default Map<String, Path> files() {
    return Map.of();
  }
}
