package io.loda.agent.assignment;

/**
 * An item of the registry's that was left out.
 *
 * @param name the item's, or its position where it has none
 * @param reason which field, what was expected, what was found
 */
public record RejectedItem(String namespace, String name, String reason) {}
