package io.loda.agent.point;

/**
 * A message: encoded once, sent as the same bytes at each try.
 *
 * @param body never changed
 */
public record Message(String topic, byte[] body, int points) {}
