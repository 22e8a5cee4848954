package io.loda.agent.output;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.loda.agent.output.stdout.StdoutType;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.util.List;
import java.util.concurrent.CountDownLatch;

class StdoutContractTest extends OutputContract {

  private final Stream stream = new Stream();

  @Override
  Output create() {
    return new StdoutType.Settings().create(vertx, "o", stream);
  }

  @Override
  List<String> received() {
    return stream.toString(UTF_8).lines().toList();
  }

  @Override
  void away() {
    stream.full = true;
  }

  @Override
  void stall() {
    stream.gate = new CountDownLatch(1);
  }

  @Override
  void back() {
    stream.full = false;
    stream.gate.countDown();
  }

  private static final class Stream extends OutputStream {

    private final ByteArrayOutputStream taken = new ByteArrayOutputStream();
    private volatile boolean full;
    private volatile CountDownLatch gate = new CountDownLatch(0);

    @Override
    public void write(int b) throws IOException {
      write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
      try {
        gate.await();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IOException(e);
      }
      if (full) {
        throw new IOException("no space");
      }
      taken.write(bytes, offset, length);
    }

    private String toString(java.nio.charset.Charset charset) {
      return taken.toString(charset);
    }
  }
}
