package io.loda.agent.point;

/**
 * What goes out as one: encoded once, and the same bytes at each try.
 *
 * @param body not changed by anyone
 */
public record Message(String topic, byte[] body, int points) {}
