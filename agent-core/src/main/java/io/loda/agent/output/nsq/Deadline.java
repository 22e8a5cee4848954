package io.loda.agent.output.nsq;

import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;

/**
 * Interrupts the thread that made it when it isn't ended in time; nsq-j waits 30 s for an answer,
 * whatever it is told. Once ended it interrupts nobody.
 */
final class Deadline {

  private final Thread thread = Thread.currentThread();
  private final ScheduledFuture<?> alarm;
  private boolean over;
  private boolean expired;

  Deadline(ScheduledExecutorService clock, long millis) {
    this.alarm = clock.schedule(this::interrupt, millis, TimeUnit.MILLISECONDS);
  }

  private synchronized void interrupt() {
    if (!over) {
      expired = true;
      thread.interrupt();
    }
  }

  /** Whether it interrupted. */
  synchronized boolean expired() {
    return expired;
  }

  /** Also takes back an interrupt that came too late to matter. */
  synchronized void end() {
    over = true;
    alarm.cancel(false);
    Thread.interrupted();
  }
}
