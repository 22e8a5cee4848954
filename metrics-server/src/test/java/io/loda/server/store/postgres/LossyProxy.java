package io.loda.server.store.postgres;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** Between a client and a server; it can break a connection when the server has answered. */
final class LossyProxy implements AutoCloseable {

  private static final int BUFFER_BYTES = 1 << 16;

  private final ServerSocket listening;
  private final int server;
  private final AtomicInteger lost = new AtomicInteger();
  private volatile @Nullable String next;

  /**
   * Listens at once.
   *
   * @param port 0: any that is free
   */
  LossyProxy(int port, int server) throws IOException {
    this.listening = new ServerSocket(port, 50, InetAddress.getLoopbackAddress());
    this.server = server;
    Thread thread = new Thread(this::accept, "proxy");
    thread.setDaemon(true);
    thread.start();
  }

  int port() {
    return listening.getLocalPort();
  }

  /** The next answer that has this text comes to nobody. */
  void loseNextAnswer(String text) {
    next = text;
  }

  int lost() {
    return lost.get();
  }

  private void accept() {
    try {
      while (true) {
        Pair pair = new Pair(listening.accept());
        pair.start();
      }
    } catch (IOException e) {
      // it was closed
    }
  }

  private final class Pair {

    private final Socket client;
    private final Socket behind;

    Pair(Socket client) throws IOException {
      this.client = client;
      this.behind = new Socket(InetAddress.getLoopbackAddress(), server);
    }

    void start() {
      run(() -> copy(client, behind, false));
      run(() -> copy(behind, client, true));
    }

    private void run(Runnable work) {
      Thread thread = new Thread(work, "proxy");
      thread.setDaemon(true);
      thread.start();
    }

    private void copy(Socket from, Socket to, boolean answers) {
      byte[] buffer = new byte[BUFFER_BYTES];
      try (from;
          to) {
        InputStream in = from.getInputStream();
        for (int length = in.read(buffer); length >= 0; length = in.read(buffer)) {
          String text = next;
          if (answers && text != null && new String(buffer, 0, length, ISO_8859_1).contains(text)) {
            next = null;
            lost.incrementAndGet();
            return;
          }
          to.getOutputStream().write(buffer, 0, length);
        }
      } catch (IOException e) {
        // the other one closed it
      }
    }
  }

  @Override
  public void close() throws IOException {
    listening.close();
  }
}
