package io.loda.agent.schedule;

import io.loda.agent.assignment.Assignment;
import io.loda.agent.source.HangingException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How a job does: counts its runs, and says in the log what changed, the first of several failures
 * of one kind and the end of them. On the scheduler's event loop.
 */
final class JobHealth {

  private static final Logger LOG = LoggerFactory.getLogger(Job.class);

  private final Assignment assignment;
  private final Breaker breaker;

  private boolean refused;
  private boolean hanging;
  private String problem = "";
  private long runs;
  private long failures;
  private long skipped;
  private long lastMillis;

  JobHealth(Assignment assignment, Breaker breaker) {
    this.assignment = assignment;
    this.breaker = breaker;
  }

  /** What it last failed with; empty when all is well. */
  String problem() {
    return problem;
  }

  /** It can never work. */
  boolean refused() {
    return refused;
  }

  /** It isn't called any more. */
  boolean hanging() {
    return hanging;
  }

  boolean slowed() {
    return breaker.open();
  }

  JobStatus status(String state, boolean enabled, @Nullable Duration untilNextRun) {
    return new JobStatus(
        assignment,
        state,
        problem,
        enabled,
        runs,
        failures,
        breaker.failures(),
        breaker.open(),
        skipped,
        lastMillis,
        untilNextRun);
  }

  /** Its source is open. */
  void opened() {
    if (!problem.isEmpty()) {
      LOG.info("{} is ready now", assignment.key());
      problem = "";
    }
  }

  /**
   * Its source can't be opened.
   *
   * @param retry when it is tried again, if it is
   * @return whether it is worth another try
   */
  boolean notOpened(Throwable cause, Duration retry) {
    String reason = String.valueOf(cause.getMessage());
    if (cause instanceof HangingException) {
      hanging = true;
    } else if (cause instanceof IllegalArgumentException) {
      refused = true;
      LOG.warn("{} is left out: {}", assignment.key(), reason);
    } else if (!reason.equals(problem)) {
      LOG.warn(
          "{} isn't ready, tries again in {} s: {}", assignment.key(), retry.toSeconds(), reason);
    }
    problem = reason;
    return !hanging && !refused;
  }

  /** Whether it is to run at this tick, as often as it fails; each tick asks once. */
  boolean mayRun() {
    return breaker.lets();
  }

  /** How many of the next ticks it is not to run at. */
  int leftOut() {
    return breaker.leftOut();
  }

  /** A tick found it still running. */
  void skipped() {
    skipped++;
    if (skipped == 1 || skipped % 100 == 0) {
      LOG.warn("{} still runs when it is due again: skipped, {} so far", assignment.key(), skipped);
    }
  }

  /** A run is over, whatever came of it. */
  void ran(long millis) {
    runs++;
    lastMillis = millis;
  }

  /** The last run took so long; what it was queued for is no part of that. */
  void took(long millis) {
    lastMillis = millis;
  }

  /** A run was good. */
  void good() {
    if (breaker.close()) {
      LOG.info("{} works again, and runs at its own interval again", assignment.key());
    } else if (!problem.isEmpty()) {
      LOG.info("{} works again", assignment.key());
    }
    problem = "";
  }

  /**
   * A run failed.
   *
   * @param said what the plugin itself said of it last; may be empty
   */
  void failed(String reason, String said) {
    failures++;
    if (!reason.equals(problem)) {
      LOG.warn(
          "{} failed: {}{}",
          assignment.key(),
          reason,
          said.isEmpty() ? "" : "; it last said: " + said);
    }
    problem = reason;
  }

  /** The run that failed was one that was due, so that it counts for the breaker. */
  void failedWhenDue() {
    if (breaker.failed()) {
      LOG.warn(
          "{} failed {} times in a row: it runs less and less often, at last every {} s, until a"
              + " run is good",
          assignment.key(),
          breaker.failures(),
          assignment.interval().toSeconds() * breaker.mostIntervals());
    }
  }

  /** A run hangs; that was said already. */
  void hangs(String reason) {
    hanging = true;
    failures++;
    problem = reason;
  }

  /** Something has changed: whether it still fails is worth a run at the next tick. */
  void tryAgain() {
    breaker.close();
  }
}
