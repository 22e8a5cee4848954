package io.loda.agent.assignment;

/**
 * An item of the registry's that is wrong now, where its last good one goes on.
 *
 * @param key the assignment's that goes on
 * @param wrong why it can't be taken as it is now
 * @param place in the namespace's list, from 1
 * @param text the last good item, as the registry had it
 */
public record KeptItem(String key, RejectedItem wrong, int place, String text) {

  /** What is wrong, and what goes on instead. */
  public String problem() {
    return "item "
        + wrong.name()
        + " of "
        + wrong.namespace()
        + " is wrong, its last good one goes on: "
        + wrong.reason();
  }
}
