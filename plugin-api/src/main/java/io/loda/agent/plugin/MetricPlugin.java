package io.loda.agent.plugin;

import java.util.Map;

/**
 * A measurement written in Java.
 *
 * <p>An assignment names a plugin by {@link #name()}: the built-in measurements by their
 * measurement type ({@code CPU}, {@code PORT}…), others by the name of a {@code GOPLUGIN} or {@code
 * JAVAPLUGIN} item.
 */
public interface MetricPlugin {

  /** The name that assignments use. Constant, and different from every other plugin's. */
  String name();

  /**
   * Makes a sampler for one assignment. Called from a worker thread.
   *
   * <p>A sampler of rates takes its first reading here, so that the first {@link Sampler#collect}
   * has something to compare with.
   *
   * @param parameters the item's fields as the registry has them ({@code name}, {@code port}…), and
   *     what the agent adds of its own configuration, under keys that begin with {@code agent.}:
   *     see {@link AgentParameters}
   * @throws IllegalArgumentException when a parameter is wrong; the message says which, what was
   *     expected and what was found. That one assignment is refused, the others run
   */
  Sampler open(Map<String, String> parameters);
}
