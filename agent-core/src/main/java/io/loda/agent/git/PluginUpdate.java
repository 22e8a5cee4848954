package io.loda.agent.git;

/**
 * The result of an update.
 *
 * @param from the commit that was in force; empty: none
 * @param to the commit in force now; empty: the plugin runs in place
 */
public record PluginUpdate(String from, String to) {

  /** The result for a folder that runs in place: there is nothing to fetch. */
  public static final PluginUpdate IN_PLACE = new PluginUpdate("", "");
}
