package io.loda.agent.assignment;

/** A plugin's name: {@code PLUGIN.<name>} in the registry, {@code <name>} in an assignment. */
public final class ItemName {

  private static final String PREFIX = "PLUGIN.";

  private ItemName() {}

  /** As the registry has it, of an assignment's. */
  public static String full(String bare) {
    return PREFIX + bare;
  }

  /** Without the one {@code PLUGIN.} that the registry's may begin with; another one stays. */
  public static String bare(String full) {
    return full.startsWith(PREFIX) ? full.substring(PREFIX.length()) : full;
  }

  /**
   * Whether somebody means it.
   *
   * @param bare the assignment's name
   * @param given with or without its {@code PLUGIN.}
   */
  public static boolean isMeant(String bare, String given) {
    return given.equals(bare) || given.equals(full(bare));
  }
}
