package io.loda.agent.output.nsq;

import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;

/**
 * Interrupts the thread that created it unless it is ended in time: nsq-j waits 30 s for an answer,
 * which can't be configured. Once ended it doesn't interrupt.
 */
final class Deadline {

  private final Thread thread = Thread.currentThread();
  private final ScheduledFuture<?> alarm;
  private boolean over;
  private boolean expired;

  Deadline(ScheduledExecutorService clock, long millis) {
    this.alarm = clock.schedule(this::interrupt, millis, TimeUnit.MILLISECONDS);
  }

  /** Interrupts the thread now, unless the deadline is ended. Any thread. */
  synchronized void interrupt() {
    if (!over) {
      expired = true;
      thread.interrupt();
    }
  }

  /** Returns whether it interrupted the thread. */
  synchronized boolean expired() {
    return expired;
  }

  /** Ends the deadline, and clears an interrupt that came too late. */
  synchronized void end() {
    over = true;
    alarm.cancel(false);
    Thread.interrupted();
  }
}
