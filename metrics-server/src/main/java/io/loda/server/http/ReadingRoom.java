package io.loda.server.http;

import io.loda.common.telemetry.MemoryBudget;
import io.vertx.ext.web.RoutingContext;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * The memory for parsing large lists. While there is none left, requests wait in order, until their
 * time-out. On the server's event loop.
 */
final class ReadingRoom {

  private final MemoryBudget.Share share;
  private final Deque<Waiting> queue = new ArrayDeque<>();

  private record Waiting(RoutingContext call, long bytes, Runnable then) {}

  ReadingRoom(MemoryBudget.Share share) {
    this.share = share;
  }

  /** Continues a call once there is enough memory, which the call keeps until its end. */
  void enter(RoutingContext call, long bytes, Runnable then) {
    // the largest list always fits alone
    Waiting waiting = new Waiting(call, Math.min(bytes, share.capBytes()), then);
    queue.add(waiting);
    call.addEndHandler(
        unused -> {
          if (!queue.remove(waiting)) {
            share.give(waiting.bytes);
          }
          next();
        });
    next();
  }

  private void next() {
    while (!queue.isEmpty() && share.tryTake(queue.element().bytes)) {
      queue.remove().then.run();
    }
  }
}
