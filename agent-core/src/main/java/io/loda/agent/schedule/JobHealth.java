package io.loda.agent.schedule;

import io.loda.agent.assignment.Assignment;
import io.loda.agent.source.HangingException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Counts a job's runs and failures, and logs when it starts to fail, fails for another reason, or
 * works again. On the scheduler's event loop.
 */
final class JobHealth {

  private static final Logger LOG = LoggerFactory.getLogger(Job.class);

  private final Assignment assignment;
  private final String subject;
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
    this.subject = AssignmentNews.subject(assignment);
    this.breaker = breaker;
  }

  /** The last failure; empty: none. */
  String problem() {
    return problem;
  }

  /** Returns whether its assignment was refused: it is never opened. */
  boolean refused() {
    return refused;
  }

  /** Returns whether it hangs: it isn't called any more. */
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

  /** Notes that its source is open. */
  void opened() {
    if (!problem.isEmpty()) {
      LOG.info("{}: ready", subject);
      problem = "";
    }
  }

  /**
   * Notes that its source couldn't be opened.
   *
   * @param retry when it will be retried, if it is
   * @return whether to retry
   */
  boolean notOpened(Throwable cause, Duration retry) {
    String reason = String.valueOf(cause.getMessage());
    if (cause instanceof HangingException) {
      hanging = true;
    } else if (cause instanceof IllegalArgumentException) {
      refused = true;
      LOG.warn("{}: refused: {}", subject, reason);
    } else if (!reason.equals(problem)) {
      LOG.warn("{}: open failed, retrying in {} s: {}", subject, retry.toSeconds(), reason);
    }
    problem = reason;
    return !hanging && !refused;
  }

  /** Returns whether the breaker allows a run; must be called once for each tick. */
  boolean mayRun() {
    return breaker.lets();
  }

  /** How many of the next ticks the breaker skips. */
  int leftOut() {
    return breaker.leftOut();
  }

  /** Counts a tick that found it still running. */
  void skipped() {
    skipped++;
    if (skipped == 1 || skipped % 100 == 0) {
      LOG.warn("{}: still running when due again, run skipped ({} so far)", subject, skipped);
    }
  }

  /** Counts a run that has ended, good or not. */
  void ran(long millis) {
    runs++;
    lastMillis = millis;
  }

  /** Sets the last run's duration, without the time in the queue. */
  void took(long millis) {
    lastMillis = millis;
  }

  /** Notes a good run. */
  void good() {
    if (breaker.close()) {
      LOG.info("{}: works again, back to its own interval", subject);
    } else if (!problem.isEmpty()) {
      LOG.info("{}: works again", subject);
    }
    problem = "";
  }

  /**
   * Notes a failed run.
   *
   * @param said the plugin's last words on it; may be empty
   */
  void failed(String reason, String said) {
    failures++;
    if (!reason.equals(problem)) {
      LOG.warn(
          "{}: run failed: {}{}",
          subject,
          reason,
          said.isEmpty() ? "" : "; its last line: " + said);
    }
    problem = reason;
  }

  /** Counts a failed scheduled run for the breaker. */
  void failedWhenDue() {
    if (breaker.failed()) {
      LOG.warn(
          "{}: failed {} times in a row, runs less often until a run is good, at last every {} s",
          subject,
          breaker.failures(),
          assignment.interval().toSeconds() * breaker.mostIntervals());
    }
  }

  /** Notes a run that hangs, which was logged already. */
  void hangs(String reason) {
    hanging = true;
    failures++;
    problem = reason;
  }

  /** Closes the breaker, so that the next tick runs. */
  void tryAgain() {
    breaker.close();
  }
}
