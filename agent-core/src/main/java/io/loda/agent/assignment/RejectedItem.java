package io.loda.agent.assignment;

/**
 * An item of the registry's that was left out.
 *
 * @param name the item's, or its position where it has none
 * @param reason which field, what was expected, what was found
 * @param repository of a script plugin; empty for what else is left out, and where it isn't known
 */
public record RejectedItem(String namespace, String name, String reason, String repository) {

  /** Of a script plugin; empty for what else is left out, and where it isn't known. */
  public String project() {
    try {
      return repository.isEmpty() ? "" : GitAddress.project(repository);
    } catch (IllegalArgumentException e) {
      return "";
    }
  }
}
