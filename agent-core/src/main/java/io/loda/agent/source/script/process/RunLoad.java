package io.loda.agent.source.script.process;

import java.util.concurrent.TimeUnit;

/**
 * Decides by repeated looks whether a run uses processor time or waits. Several looks in a row must
 * agree to change the decision: a single one may catch a shell between two children, or a hanging
 * process that just woke up. One thread.
 */
final class RunLoad {

  private static final int LOOKS = 2;

  /** The kernel counts processor time in steps of 10 ms. */
  private static final long NANOS = TimeUnit.MILLISECONDS.toNanos(20);

  private boolean burns = true;
  private int others;
  private long sureNanos;
  private long lastTicks;

  /**
   * Adds a look.
   *
   * @param running whether a process was running or runnable
   * @param ticks the processor time of the current processes
   * @param sinceNanos since the run's start
   */
  void look(boolean running, long ticks, long sinceNanos) {
    boolean busy = running || ticks > lastTicks;
    lastTicks = ticks;
    if (busy == burns) {
      others = 0;
      sureNanos = sinceNanos;
    } else if (++others >= LOOKS && sinceNanos - sureNanos >= NANOS) {
      burns = busy;
      others = 0;
      sureNanos = sinceNanos;
    }
  }

  boolean burns() {
    return burns;
  }
}
