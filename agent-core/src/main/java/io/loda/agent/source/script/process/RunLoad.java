package io.loda.agent.source.script.process;

import java.util.concurrent.TimeUnit;

/**
 * Tells from looks at a run whether it burns processor time or waits. Two looks in a row that say
 * otherwise change its mind: one may have met a shell between two children, or a process that hangs
 * and wakes up now and then. One thread.
 */
final class RunLoad {

  private static final int LOOKS = 2;

  /** Processor time is shown in steps of 10 ms. */
  private static final long NANOS = TimeUnit.MILLISECONDS.toNanos(20);

  private boolean burns = true;
  private int others;
  private long sureNanos;
  private long lastTicks;

  /**
   * A look.
   *
   * @param running whether a process was met that runs, or would if there were a processor for it
   * @param ticks the processor time of those that are there
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
