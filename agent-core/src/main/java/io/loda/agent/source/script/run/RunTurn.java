package io.loda.agent.source.script.run;

import java.time.Duration;
import java.util.concurrent.TimeUnit;

/**
 * A run's state in the queue: when it is due, when it began, whether it uses processor time. {@link
 * RunQueue} changes it; any thread may read it.
 */
public final class RunTurn {

  enum State {
    QUEUED,
    /** Starts, or uses processor time. */
    BUSY,
    /** Waits for input, output or time. */
    QUIET,
    ENDED
  }

  private final long dueNanos;
  private final boolean doubtful;
  private volatile State state = State.QUEUED;
  private volatile long lateNanos;
  private volatile long beganNanos;
  private volatile boolean seen;

  /**
   * Creates a queued turn.
   *
   * @param dueNanos by {@link System#nanoTime}
   * @param doubtful the plugin's last run was a time-out
   */
  public RunTurn(long dueNanos, boolean doubtful) {
    this.dueNanos = dueNanos;
    this.doubtful = doubtful;
  }

  /** Creates a turn that is due now. */
  public static RunTurn now() {
    return new RunTurn(System.nanoTime(), false);
  }

  /**
   * Creates a turn that isn't queued: for runs by hand and streams, which are bounded elsewhere.
   */
  public static RunTurn atOnce() {
    RunTurn turn = now();
    turn.state = State.QUIET;
    return turn;
  }

  boolean isDoubtful() {
    return doubtful;
  }

  boolean isBefore(RunTurn other) {
    return dueNanos - other.dueNanos < 0;
  }

  /** Returns whether it hasn't begun. */
  public boolean isQueued() {
    return state == State.QUEUED;
  }

  State state() {
    return state;
  }

  void become(State next) {
    if (state == State.QUEUED) {
      beganNanos = System.nanoTime();
      lateNanos = Math.max(0, beganNanos - dueNanos);
    }
    state = next;
  }

  /** Notes that its process runs and is being observed. */
  void see() {
    seen = true;
  }

  /** Returns whether it has held a slot for longer than {@code time} without a process. */
  boolean isStuck(Duration time) {
    return state == State.BUSY && !seen && System.nanoTime() - beganNanos > time.toNanos();
  }

  /** Returns how late the run began. */
  public long lateMillis() {
    return TimeUnit.NANOSECONDS.toMillis(lateNanos);
  }
}
