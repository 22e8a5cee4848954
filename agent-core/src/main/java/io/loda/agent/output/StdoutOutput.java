package io.loda.agent.output;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.io.OutputStream;

/**
 * Prints messages, a line end after each. On a worker: a reader that doesn't read holds up the
 * writer, and must not hold up an event loop.
 */
final class StdoutOutput implements Output {

  private final OutputWorker worker;
  private final OutputStream out;

  StdoutOutput(Vertx vertx, OutputStream out) {
    this.worker = new OutputWorker(vertx, "output-stdout");
    this.out = out;
  }

  @Override
  public Future<Void> start() {
    return Future.succeededFuture();
  }

  @Override
  public Future<Void> send(Message message) {
    return worker.run(
        () -> {
          byte[] body = message.body();
          byte[] line = java.util.Arrays.copyOf(body, body.length + 1);
          line[body.length] = '\n';
          try {
            out.write(line, 0, line.length);
            out.flush();
          } catch (IOException e) {
            throw new IOException("standard output is closed, or full: " + e.getMessage(), e);
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
