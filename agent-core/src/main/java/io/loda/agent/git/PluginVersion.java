package io.loda.agent.git;

/**
 * Which version of a plugin runs.
 *
 * @param commit empty: none that is known
 * @param from the commit that ran before it; empty: none that is known
 * @param rolledBack a newer commit that kept failing, so that this one is back; empty: none
 */
public record PluginVersion(String commit, String from, String rolledBack) {

  /** Of a plugin that has no checkout. */
  public static final PluginVersion NONE = new PluginVersion("", "", "");
}
