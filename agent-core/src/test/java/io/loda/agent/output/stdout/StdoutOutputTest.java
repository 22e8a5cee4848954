package io.loda.agent.output.stdout;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.loda.agent.output.Output;
import io.loda.agent.point.Message;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class StdoutOutputTest {

  private final Vertx vertx = Vertx.vertx();

  @AfterEach
  void close() {
    get(vertx.close());
  }

  private Output output(OutputStream out) {
    return new StdoutOutput(vertx, out);
  }

  private static void get(Future<Void> future) {
    future.toCompletionStage().toCompletableFuture().join();
  }

  @Test
  void endsEachMessageWithALineEnd() {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    Output output = output(out);
    get(output.send(new Message("t", "a\nb".getBytes(UTF_8), 2)));
    get(output.send(new Message("t", "c".getBytes(UTF_8), 1)));
    assertThat(out).hasToString("a\nb\nc\n");
    get(output.close());
    get(output.close());
  }

  @Test
  void steersNoTerminal() {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    Output output = output(out);
    get(
        output.send(
            new Message("t", "a,t=\u001b]0;x\u0007\u009b2J v=1\na,t=ü v=2".getBytes(UTF_8), 2)));
    assertThat(out.toString(UTF_8)).isEqualTo("a,t=\\u001b]0;x\\u0007\\u009b2J v=1\na,t=ü v=2\n");
    get(output.close());
  }

  @Test
  void failsWhenNobodyReads() {
    Output output =
        output(
            new OutputStream() {
              @Override
              public void write(int b) throws IOException {
                throw new IOException("broken pipe");
              }
            });
    assertThatThrownBy(() -> get(output.send(new Message("t", new byte[] {'a'}, 1))))
        .hasMessageContaining("standard output");
  }
}
