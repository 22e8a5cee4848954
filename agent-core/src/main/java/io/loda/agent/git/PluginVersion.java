package io.loda.agent.git;

/**
 * The version of a plugin that runs.
 *
 * @param commit empty: unknown
 * @param from the commit before it; empty: unknown
 * @param rolledBack a newer commit that was rolled back to this one; empty: none
 */
public record PluginVersion(String commit, String from, String rolledBack) {

  /** The version of a plugin without a checkout. */
  public static final PluginVersion NONE = new PluginVersion("", "", "");
}
