package io.loda.agent.builtin.port;

import java.io.IOException;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.Comparator;
import java.util.PriorityQueue;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;

/**
 * Connects to any number of ports at once, on one thread that waits for all of them.
 *
 * <p>Thread-safe. The thread begins with {@link #start} and ends with {@link #close}.
 */
final class TcpConnector implements AutoCloseable {
  private final Selector selector;
  private final Thread thread = new Thread(this::run, "port-checks");
  private final Queue<Attempt> submitted = new ConcurrentLinkedQueue<>();
  private volatile boolean closed;

  TcpConnector() throws IOException {
    this.selector = Selector.open();
  }

  private record Attempt(
      InetSocketAddress address,
      long startedAt,
      long deadline,
      SocketChannel channel,
      CompletableFuture<PortResult> result) {

    void finish(boolean open) {
      closeChannel();
      result.complete(PortResult.of(open, startedAt));
    }

    void fail(Exception e) {
      closeChannel();
      result.completeExceptionally(e);
    }

    private void closeChannel() {
      try {
        channel.close();
      } catch (IOException e) {
        // Nothing was sent, so nothing is lost
      }
    }
  }

  void start() {
    thread.setDaemon(true);
    thread.start();
  }

  CompletableFuture<PortResult> connect(InetSocketAddress address, Duration timeout) {
    CompletableFuture<PortResult> result = new CompletableFuture<>();
    if (address.isUnresolved()) {
      result.completeExceptionally(new UnknownHostException(address.getHostString()));
      return result;
    }
    try {
      long now = System.nanoTime();
      submitted.add(
          new Attempt(address, now, now + timeout.toNanos(), SocketChannel.open(), result));
    } catch (IOException e) {
      result.completeExceptionally(
          new IOException("can't open a socket to check " + address + ": " + e.getMessage(), e));
      return result;
    }
    selector.wakeup();
    if (closed) {
      drain();
    }
    return result;
  }

  private void run() {
    PriorityQueue<Attempt> waiting =
        new PriorityQueue<>(Comparator.comparingLong(Attempt::deadline));
    try {
      while (!closed) {
        selector.select(this::connectable, millisToNext(waiting));
        for (Attempt attempt; (attempt = submitted.poll()) != null; ) {
          begin(attempt);
          if (!attempt.result.isDone()) {
            waiting.add(attempt);
          }
        }
        waiting.removeIf(attempt -> attempt.result.isDone());
        while (!waiting.isEmpty() && waiting.peek().deadline - System.nanoTime() <= 0) {
          waiting.poll().finish(false);
        }
      }
      selector.close();
    } catch (IOException e) {
      closed = true;
      waiting.forEach(attempt -> attempt.fail(e));
    } finally {
      waiting.forEach(attempt -> attempt.fail(new IOException("port checks were closed")));
      drain();
    }
  }

  /** 0 is "for ever" to a selector. */
  private static long millisToNext(PriorityQueue<Attempt> waiting) {
    Attempt first = waiting.peek();
    return first == null
        ? 0
        : Math.max(1, (first.deadline - System.nanoTime() + 999_999) / 1_000_000);
  }

  private void begin(Attempt attempt) {
    try {
      attempt.channel.configureBlocking(false);
      if (attempt.channel.connect(attempt.address)) {
        attempt.finish(isOther(attempt.channel));
      } else {
        attempt.channel.register(selector, SelectionKey.OP_CONNECT, attempt);
      }
    } catch (BindException e) {
      attempt.fail(new IOException("no free local port to check " + attempt.address, e));
    } catch (IOException e) {
      attempt.finish(false);
    }
  }

  private void connectable(SelectionKey key) {
    Attempt attempt = (Attempt) key.attachment();
    try {
      attempt.channel.finishConnect();
      attempt.finish(isOther(attempt.channel));
    } catch (IOException e) {
      attempt.finish(false);
    }
  }

  /**
   * Whether somebody else is at the other end. The kernel may pick the very port that is asked for
   * as the local one, and TCP then connects the socket to itself.
   */
  private static boolean isOther(SocketChannel channel) throws IOException {
    return !channel.getRemoteAddress().equals(channel.getLocalAddress());
  }

  private void drain() {
    for (Attempt attempt; (attempt = submitted.poll()) != null; ) {
      attempt.fail(new IOException("port checks were closed"));
    }
  }

  /** Ends the thread; attempts under way fail. */
  @Override
  public void close() {
    closed = true;
    selector.wakeup();
  }
}
