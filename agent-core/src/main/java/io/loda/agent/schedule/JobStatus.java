package io.loda.agent.schedule;

import io.loda.agent.assignment.Assignment;

/**
 * How a job does.
 *
 * @param state {@code opening}, {@code waiting}, {@code running}, {@code disabled}, {@code refused}
 * @param problem the last failure, or why it was refused; empty when all is well
 * @param enabled false: the plugin is switched off, whatever its state is
 * @param skipped ticks that found the last run still going
 */
public record JobStatus(
    Assignment assignment,
    String state,
    String problem,
    boolean enabled,
    long runs,
    long failures,
    long skipped,
    long lastMillis) {}
