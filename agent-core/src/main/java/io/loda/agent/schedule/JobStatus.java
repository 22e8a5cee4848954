package io.loda.agent.schedule;

import io.loda.agent.assignment.Assignment;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * The state and figures of a job.
 *
 * @param state {@code opening}, {@code waiting}, {@code slowed} (waiting, and run less often since
 *     it keeps failing), {@code queued} (due, and waiting for a free place), {@code running},
 *     {@code disabled}, {@code refused}, {@code hanging} (a Java plugin that is not called again)
 * @param problem the last failure, or why it was refused; empty when all is well
 * @param enabled false: the plugin is switched off, whatever its state is
 * @param failuresInRow of scheduled runs
 * @param slowed its breaker is open
 * @param skipped ticks that found the last run still going
 * @param untilNextRun null where none is due
 */
public record JobStatus(
    Assignment assignment,
    String state,
    String problem,
    boolean enabled,
    long runs,
    long failures,
    int failuresInRow,
    boolean slowed,
    long skipped,
    long lastMillis,
    @Nullable Duration untilNextRun) {

  /** Adds a problem; empty: none. */
  JobStatus besides(String other) {
    return other.isEmpty()
        ? this
        : new JobStatus(
            assignment,
            state,
            problem.isEmpty() ? other : problem + "; " + other,
            enabled,
            runs,
            failures,
            failuresInRow,
            slowed,
            skipped,
            lastMillis,
            untilNextRun);
  }
}
