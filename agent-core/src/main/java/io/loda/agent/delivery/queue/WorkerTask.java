package io.loda.agent.delivery.queue;

import java.util.concurrent.Executor;

/** A task that never runs twice at once; a request during a run starts it once more. */
final class WorkerTask {

  private final Executor worker;
  private final Runnable task;

  private boolean running;
  private boolean wanted;
  private boolean closed;

  WorkerTask(Executor worker, Runnable task) {
    this.worker = worker;
    this.task = task;
  }

  /** Requests a run. Any thread. */
  void run() {
    synchronized (this) {
      wanted = true;
      if (running || closed) {
        return;
      }
      running = true;
    }
    try {
      worker.execute(this::runWhileWanted);
    } catch (RuntimeException | Error e) {
      ended();
      throw e;
    }
  }

  private void runWhileWanted() {
    while (true) {
      synchronized (this) {
        if (!wanted) {
          running = false;
          return;
        }
        wanted = false;
      }
      try {
        task.run();
      } catch (RuntimeException | Error e) {
        ended();
        throw e;
      }
    }
  }

  /** Ends the run; the next request starts the task again. */
  private synchronized void ended() {
    running = false;
  }

  synchronized boolean isClosed() {
    return closed;
  }

  /** Closes the task: later requests start nothing. */
  synchronized void close() {
    closed = true;
  }
}
