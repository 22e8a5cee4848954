package io.loda.agent.git;

/**
 * What an update of a plugin did.
 *
 * @param from the commit that was in force; empty: none
 * @param to the commit in force now; empty: it is a folder that is run in place
 */
public record PluginUpdate(String from, String to) {

  /** Of a folder that is run in place: there is nothing to fetch. */
  public static final PluginUpdate IN_PLACE = new PluginUpdate("", "");
}
