package io.loda.agent.output.stdout;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.loda.agent.output.Output;
import io.loda.agent.output.OutputWorker;
import io.loda.agent.point.Message;
import io.loda.common.files.FileReason;
import io.loda.common.logging.VisibleText;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.io.OutputStream;
import java.util.Arrays;

/**
 * Prints messages, one on each line. They are for people: a control character in a tag is printed
 * as {@code \u001b}, so that it can't steer a terminal. Runs on a worker: if the reader of standard
 * output is slow, writing blocks, and must not block an event loop.
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
          byte[] line = visible(message.body());
          try {
            out.write(line, 0, line.length);
            out.flush();
          } catch (IOException e) {
            throw new IOException("standard output is closed, or full: " + FileReason.of(e), e);
          }
          return null;
        });
  }

  /** Returns the message with a line end; control characters are made visible. */
  private static byte[] visible(byte[] body) {
    for (byte c : body) {
      if (c != '\n' && (c < ' ' || c == 0x7f)) {
        return (VisibleText.data(new String(body, UTF_8)) + '\n').getBytes(UTF_8);
      }
    }
    byte[] line = Arrays.copyOf(body, body.length + 1);
    line[body.length] = '\n';
    return line;
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
