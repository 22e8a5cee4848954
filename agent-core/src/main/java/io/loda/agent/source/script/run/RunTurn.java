package io.loda.agent.source.script.run;

import java.time.Duration;
import java.util.concurrent.TimeUnit;

/**
 * When a run is due, when it began, and whether it burns processor time. {@link RunQueue} changes
 * it; any thread may ask.
 */
public final class RunTurn {

  /** How it stands. */
  enum State {
    QUEUED,
    /** Starts, or burns processor time. */
    BUSY,
    /** Waits for something. */
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
   * A turn that hasn't come yet.
   *
   * @param dueNanos by {@link System#nanoTime}
   * @param doubtful the plugin's last run was a time-out
   */
  public RunTurn(long dueNanos, boolean doubtful) {
    this.dueNanos = dueNanos;
    this.doubtful = doubtful;
  }

  /** One that is due now. */
  static RunTurn now() {
    return new RunTurn(System.nanoTime(), false);
  }

  /** One that waits for nobody: for what has room of its own. */
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

  /** It hasn't begun. */
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

  /** Its process runs, and what it does is looked at. */
  void see() {
    seen = true;
  }

  /** It holds a slot, and hasn't come as far as to have a process for so long. */
  boolean isStuck(Duration time) {
    return state == State.BUSY && !seen && System.nanoTime() - beganNanos > time.toNanos();
  }

  /** How long after it was due it began. */
  public long lateMillis() {
    return TimeUnit.NANOSECONDS.toMillis(lateNanos);
  }
}
