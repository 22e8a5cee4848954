package io.loda.agent.delivery.queue;

import java.util.concurrent.Executor;

/** A task of one worker: never twice at a time, and once more where it's asked for meanwhile. */
final class WorkerTask {

  private final Executor worker;
  private final Runnable task;

  private boolean running;
  private boolean wanted;
  private boolean closed;

  /** A task that nobody asked for yet. */
  WorkerTask(Executor worker, Runnable task) {
    this.worker = worker;
    this.task = task;
  }

  /** Asks for it; any thread. */
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

  /** Whoever asks next begins it anew. */
  private synchronized void ended() {
    running = false;
  }

  synchronized boolean isClosed() {
    return closed;
  }

  /** From now on nobody's asking begins it. */
  synchronized void close() {
    closed = true;
  }
}
