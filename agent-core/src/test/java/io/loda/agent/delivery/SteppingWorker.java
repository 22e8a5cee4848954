package io.loda.agent.delivery;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.Executor;

/** A worker that does what it was given when a test wants it to. */
public final class SteppingWorker implements Executor {

  private final Deque<Runnable> given = new ArrayDeque<>();
  private boolean busy;
  private boolean oneAtATime;

  /** From now on nothing may be given while one is under way. */
  public void oneAtATime() {
    oneAtATime = true;
  }

  @Override
  public void execute(Runnable task) {
    assertThat(busy && oneAtATime).as("a task is given while one is under way").isFalse();
    given.add(task);
  }

  /** Does one; false: there is none. */
  public boolean step() {
    Runnable task = given.poll();
    if (task == null) {
      return false;
    }
    busy = true;
    try {
      task.run();
    } finally {
      busy = false;
    }
    return true;
  }

  public void all() {
    while (step()) {
      // and what follows from it
    }
  }
}
