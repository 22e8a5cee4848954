package io.loda.agent.assignment;

/**
 * An item of the registry that is left out.
 *
 * @param name the item's name, or its position if it has no name
 * @param reason names the field, what was expected and what was found
 * @param repository the address of a script plugin; empty for other items, and when unknown
 */
public record RejectedItem(String namespace, String name, String reason, String repository) {

  /** Returns the project of a script plugin; empty for other items, and when unknown. */
  public String project() {
    try {
      return repository.isEmpty() ? "" : GitAddress.project(repository);
    } catch (IllegalArgumentException e) {
      return "";
    }
  }
}
