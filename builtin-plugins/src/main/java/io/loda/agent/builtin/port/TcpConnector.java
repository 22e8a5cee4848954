package io.loda.agent.builtin.port;

import java.io.IOException;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.channels.AsynchronousChannelGroup;
import java.nio.channels.AsynchronousSocketChannel;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.CompletionHandler;
import java.nio.channels.ShutdownChannelGroupException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/**
 * Connects to any number of ports at once; one thread waits for all of them.
 *
 * <p>Thread-safe.
 */
final class TcpConnector implements AutoCloseable {
  private final AsynchronousChannelGroup group;

  private TcpConnector(AsynchronousChannelGroup group) {
    this.group = group;
  }

  /** Starts the thread, which ends with {@link #close}. */
  static TcpConnector start() throws IOException {
    return new TcpConnector(AsynchronousChannelGroup.withFixedThreadPool(1, TcpConnector::thread));
  }

  private static Thread thread(Runnable task) {
    Thread thread = new Thread(task, "port-checks");
    thread.setDaemon(true);
    return thread;
  }

  /** Completes when the port accepts or refuses the connection, or at the time-out. */
  CompletableFuture<PortResult> connect(InetSocketAddress address, Duration timeout) {
    if (address.isUnresolved()) {
      return CompletableFuture.failedFuture(new UnknownHostException(address.getHostString()));
    }
    AsynchronousSocketChannel channel;
    try {
      channel = AsynchronousSocketChannel.open(group);
    } catch (IOException | ShutdownChannelGroupException e) {
      return CompletableFuture.failedFuture(
          new IOException("can't open a socket to check " + address + ": " + e, e));
    }
    long startedAt = System.nanoTime();
    CompletableFuture<PortResult> result = new CompletableFuture<>();
    CompletableFuture<Boolean> open = new CompletableFuture<>();
    CompletableFuture<Boolean> unused =
        open.completeOnTimeout(false, timeout.toNanos(), TimeUnit.NANOSECONDS)
            .whenComplete(
                (answered, failure) -> {
                  close(channel);
                  if (failure == null) {
                    result.complete(PortResult.of(answered, startedAt));
                  } else {
                    result.completeExceptionally(failure);
                  }
                });
    channel.connect(address, open, new Connected(channel, address));
    return result;
  }

  private record Connected(AsynchronousSocketChannel channel, InetSocketAddress address)
      implements CompletionHandler<Void, CompletableFuture<Boolean>> {

    /**
     * Checks that the other end is another socket: the kernel may choose the checked port as the
     * local one, and TCP then connects the socket to itself.
     */
    @Override
    public void completed(Void nothing, CompletableFuture<Boolean> open) {
      try {
        open.complete(!channel.getRemoteAddress().equals(channel.getLocalAddress()));
      } catch (IOException e) {
        open.complete(false);
      }
    }

    @Override
    public void failed(Throwable failure, CompletableFuture<Boolean> open) {
      if (failure instanceof BindException) {
        open.completeExceptionally(new IOException("no free local port to check " + address));
      } else if (failure instanceof ClosedChannelException) {
        open.completeExceptionally(new IOException("port checks were closed"));
      } else {
        open.complete(false);
      }
    }
  }

  private static void close(AsynchronousSocketChannel channel) {
    try {
      channel.close();
    } catch (IOException e) {
      // nothing was sent, so nothing is lost
    }
  }

  /** Ends the thread; pending connects fail. */
  @Override
  public void close() {
    try {
      group.shutdownNow();
    } catch (IOException e) {
      // its channels have no data to lose
    }
  }
}
