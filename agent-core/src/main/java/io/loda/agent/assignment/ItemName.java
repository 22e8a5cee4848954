package io.loda.agent.assignment;

/** Converts plugins' names: {@code PLUGIN.<name>} in the registry, {@code <name>} elsewhere. */
public final class ItemName {

  private static final String PREFIX = "PLUGIN.";

  private ItemName() {}

  /** Returns the registry's name for an assignment's name. */
  public static String full(String bare) {
    return PREFIX + bare;
  }

  /** Removes one {@code PLUGIN.} from the beginning of the registry's name; a second one stays. */
  public static String bare(String full) {
    return full.startsWith(PREFIX) ? full.substring(PREFIX.length()) : full;
  }

  /**
   * Returns whether a given name means the assignment.
   *
   * @param bare the assignment's name
   * @param given the name, with or without its {@code PLUGIN.}
   */
  public static boolean isMeant(String bare, String given) {
    return given.equals(bare) || given.equals(full(bare));
  }
}
