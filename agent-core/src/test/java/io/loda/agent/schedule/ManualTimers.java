package io.loda.agent.schedule;

import static io.loda.agent.registry.Futures.await;

import io.loda.agent.timers.Timers;
import io.vertx.core.Context;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/** Timers whose time passes when a test says so. */
public final class ManualTimers implements Timers {

  /** Long ago, so that what is late by these timers is late by the system's clock, too. */
  private final long start = System.nanoTime() - Duration.ofDays(30).toNanos();

  private final List<Task> tasks = new CopyOnWriteArrayList<>();
  private volatile Duration now = Duration.ZERO;

  private static final class Task {
    private final Runnable action;
    private final @Nullable Context context = Vertx.currentContext();
    private final @Nullable Duration period;
    private volatile Duration due;

    Task(Duration due, @Nullable Duration period, Runnable action) {
      this.due = due;
      this.period = period;
      this.action = action;
    }

    Duration due() {
      return due;
    }

    void run() throws Exception {
      if (context == null) {
        action.run();
        return;
      }
      Promise<Void> done = Promise.promise();
      context.runOnContext(
          unused -> {
            action.run();
            done.complete();
          });
      await(done.future());
    }
  }

  @Override
  public Timer once(Duration after, Runnable action) {
    return add(new Task(now.plus(after), null, action));
  }

  @Override
  public Timer every(Duration first, Duration period, Runnable action) {
    return add(new Task(now.plus(first), period, action));
  }

  @Override
  public long nanos() {
    return start + now.toNanos();
  }

  private Timer add(Task task) {
    tasks.add(task);
    return () -> tasks.remove(task);
  }

  /** How much has passed since the beginning. */
  public Duration now() {
    return now;
  }

  /** How many are set. */
  public int set() {
    return tasks.size();
  }

  /** Lets time pass, and does what is due in it, each where it was set. */
  public void pass(Duration time) throws Exception {
    Duration end = now.plus(time);
    for (Optional<Task> next = next(end); next.isPresent(); next = next(end)) {
      Task task = next.get();
      now = task.due;
      if (task.period == null) {
        tasks.remove(task);
      } else {
        task.due = task.due.plus(task.period);
      }
      task.run();
    }
    now = end;
  }

  private Optional<Task> next(Duration end) {
    return tasks.stream()
        .filter(task -> task.due.compareTo(end) <= 0)
        .min(Comparator.comparing(Task::due));
  }
}
