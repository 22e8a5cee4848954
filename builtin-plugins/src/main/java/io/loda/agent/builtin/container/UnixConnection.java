package io.loda.agent.builtin.container;

import java.io.IOException;
import java.net.SocketTimeoutException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.time.Duration;

/**
 * A connection to a unix socket with one time-out for all steps together; the JDK has no time-outs
 * for these sockets.
 */
final class UnixConnection implements AutoCloseable {
  private final Path socket;
  private final long deadline;
  private final SocketChannel channel;
  private final Selector selector;
  private final SelectionKey key;

  private UnixConnection(Path socket, long deadline, SocketChannel channel) throws IOException {
    this.socket = socket;
    this.deadline = deadline;
    this.channel = channel;
    this.selector = Selector.open();
    this.key = channel.register(selector, 0);
  }

  static UnixConnection open(Path socket, Duration timeout) throws IOException {
    long deadline = System.nanoTime() + timeout.toNanos();
    SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
    try {
      channel.configureBlocking(false);
      if (!channel.connect(UnixDomainSocketAddress.of(socket))) {
        throw new IOException("nobody accepts");
      }
      return new UnixConnection(socket, deadline, channel);
    } catch (IOException e) {
      channel.close();
      throw new IOException("can't connect to " + socket + ": " + e.getMessage(), e);
    }
  }

  void write(byte[] bytes) throws IOException {
    ByteBuffer out = ByteBuffer.wrap(bytes);
    while (out.hasRemaining()) {
      await(SelectionKey.OP_WRITE);
      channel.write(out);
    }
  }

  /** Reads the available bytes, at least one; −1 at the end. */
  int read(ByteBuffer in) throws IOException {
    await(SelectionKey.OP_READ);
    return channel.read(in);
  }

  private void await(int operation) throws IOException {
    key.interestOps(operation);
    selector.selectedKeys().clear();
    long millis = (deadline - System.nanoTime()) / 1_000_000;
    if (millis <= 0 || selector.select(millis) == 0) {
      throw new SocketTimeoutException(socket + " doesn't answer in time");
    }
  }

  @Override
  public void close() throws IOException {
    try (channel) {
      selector.close();
    }
  }
}
