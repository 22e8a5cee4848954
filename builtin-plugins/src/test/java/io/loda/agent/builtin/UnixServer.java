package io.loda.agent.builtin;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;

/** Listens on a unix socket, and answers each connection in turn. */
public final class UnixServer implements AutoCloseable {
  private final ServerSocketChannel server;
  private final Talk talk;
  private final AtomicInteger connections = new AtomicInteger();
  private final CompletableFuture<Void> ended = new CompletableFuture<>();
  private final Thread thread;

  /** What it says to one that connects. */
  public interface Talk {
    void run(InputStream in, OutputStream out) throws Exception;
  }

  public UnixServer(Path socket, Talk talk) throws IOException {
    Files.createDirectories(socket.getParent());
    this.talk = talk;
    this.server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    server.bind(UnixDomainSocketAddress.of(socket));
    this.thread = new Thread(this::serve, "unix-server");
    thread.setDaemon(true);
    thread.start();
  }

  public int connections() {
    return connections.get();
  }

  private void serve() {
    while (server.isOpen()) {
      try (SocketChannel channel = server.accept()) {
        connections.incrementAndGet();
        talk.run(Channels.newInputStream(channel), Channels.newOutputStream(channel));
      } catch (Exception e) {
        // the next one; or it was closed
      }
    }
    ended.complete(null);
  }

  /** Comes back when nobody listens any more, which a socket that is waited on still does. */
  @Override
  public void close() throws IOException {
    server.close();
    thread.interrupt();
    ended.join();
  }
}
