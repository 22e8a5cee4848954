package io.loda.agent.assignment;

/**
 * A wrong item of the registry whose last good version stays in force.
 *
 * @param key the key of the assignment that stays in force
 * @param wrong why the current item is refused
 * @param place its position in the namespace's list, from 1
 * @param text the last good version, as the registry sent it
 */
public record KeptItem(String key, RejectedItem wrong, int place, String text) {

  /** Says what is wrong, and that the last good version stays in force. */
  public String problem() {
    return "item "
        + wrong.name()
        + " of "
        + wrong.namespace()
        + " is wrong, its last good version stays in force: "
        + wrong.reason();
  }
}
