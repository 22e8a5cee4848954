package io.loda.agent.delivery;

/**
 * How an output does.
 *
 * @param failure why it takes nothing; empty when it does
 */
public record OutputStatus(
    String name, String type, long waitingPoints, long waitingBytes, String failure) {}
