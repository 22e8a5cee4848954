package io.loda.agent.output;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.WorkerExecutor;
import java.io.IOException;
import java.io.PrintStream;

/**
 * Prints messages, a line end after each. On a worker: a reader that doesn't read holds up the
 * writer, and must not hold up an event loop.
 */
final class StdoutOutput implements Output {

  private final WorkerExecutor worker;
  private final PrintStream out;

  StdoutOutput(Vertx vertx, PrintStream out) {
    this.worker = Workers.create(vertx, "output-stdout");
    this.out = out;
  }

  @Override
  public Future<Void> start() {
    return Future.succeededFuture();
  }

  @Override
  public Future<Void> send(Message message) {
    return worker.executeBlocking(
        () -> {
          byte[] body = message.body();
          byte[] line = java.util.Arrays.copyOf(body, body.length + 1);
          line[body.length] = '\n';
          out.write(line, 0, line.length);
          out.flush();
          if (out.checkError()) {
            throw new IOException("standard output is closed, or what it goes to is full");
          }
          return null;
        });
  }

  @Override
  public long maxMessageBytes() {
    return Long.MAX_VALUE;
  }

  @Override
  public Future<Void> close() {
    return worker.close();
  }
}
