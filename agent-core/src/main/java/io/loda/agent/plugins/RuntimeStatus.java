package io.loda.agent.plugins;

/**
 * The state of what runs plugins and probes.
 *
 * @param cage what contains the processes of a script's run, in words
 * @param threadsLeftBehind threads that hang in Java plugins or probes and can't be ended
 */
public record RuntimeStatus(String cage, int threadsLeftBehind) {}
