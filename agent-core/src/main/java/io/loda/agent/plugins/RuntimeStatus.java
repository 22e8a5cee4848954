package io.loda.agent.plugins;

/**
 * How those that measure do.
 *
 * @param cage what holds the processes of a script's run together, in words
 * @param threadsLeftBehind threads that hang in Java plugins or probes, and that nobody can end
 */
public record RuntimeStatus(String cage, int threadsLeftBehind) {}
