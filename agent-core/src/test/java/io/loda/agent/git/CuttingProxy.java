package io.loda.agent.git;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;

/** Stands before a server, and cuts each connection when so many bytes came from there. */
final class CuttingProxy implements AutoCloseable {

  private final ServerSocket server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
  private final int target;
  private final long bytes;
  private volatile boolean cut;

  CuttingProxy(int target, long bytes) throws IOException {
    this.target = target;
    this.bytes = bytes;
    start(this::accept);
  }

  int port() {
    return server.getLocalPort();
  }

  /** Whether it has cut one. */
  boolean hasCut() {
    return cut;
  }

  private void accept() {
    while (!server.isClosed()) {
      try {
        Socket client = server.accept();
        Socket real = new Socket(InetAddress.getLoopbackAddress(), target);
        start(() -> copy(client, real, Long.MAX_VALUE));
        start(() -> copy(real, client, bytes));
      } catch (IOException e) {
        // it is closed, or the server has gone
      }
    }
  }

  private void copy(Socket from, Socket to, long limit) {
    try (from;
        to) {
      InputStream in = from.getInputStream();
      OutputStream out = to.getOutputStream();
      byte[] buffer = new byte[8192];
      long copied = 0;
      for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
        copied += n;
        if (copied > limit) {
          cut = true;
          return;
        }
        out.write(buffer, 0, n);
      }
    } catch (IOException e) {
      // one side has gone, and so the other has to
    }
  }

  private static void start(Runnable work) {
    Thread thread = new Thread(work, "cutting proxy");
    thread.setDaemon(true);
    thread.start();
  }

  @Override
  public void close() throws IOException {
    server.close();
  }
}
