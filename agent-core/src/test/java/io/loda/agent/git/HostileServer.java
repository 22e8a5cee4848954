package io.loda.agent.git;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;

/** A server for git:// that answers the first who asks as a test wants it to. */
public final class HostileServer implements AutoCloseable {

  private static final int DRIP_MILLIS = 100;

  private final ServerSocket server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());

  private interface Answer {
    void to(Socket client) throws IOException;
  }

  private HostileServer(Answer answer) throws IOException {
    Thread thread =
        new Thread(
            () -> {
              try (Socket client = server.accept()) {
                answer.to(client);
                client.shutdownOutput();
                client.getInputStream().readAllBytes();
              } catch (IOException e) {
                // the client has gone
              }
            },
            "hostile server");
    thread.setDaemon(true);
    thread.start();
  }

  /** A byte, again and again: no time-out for silence ever comes. */
  public static HostileServer thatDrips() throws IOException {
    return new HostileServer(
        client -> {
          client.getOutputStream().write("ffff".getBytes(UTF_8));
          client.setSoTimeout(DRIP_MILLIS);
          while (true) {
            try {
              if (client.getInputStream().read() < 0) {
                return;
              }
            } catch (SocketTimeoutException e) {
              client.getOutputStream().write('x');
            }
          }
        });
  }

  /** An error, in the server's words. */
  static HostileServer thatSays(String error) throws IOException {
    byte[] line = ("ERR " + error).getBytes(UTF_8);
    return new HostileServer(
        client -> {
          client.getOutputStream().write("%04x".formatted(line.length + 4).getBytes(UTF_8));
          client.getOutputStream().write(line);
        });
  }

  public String address() {
    return "git://127.0.0.1:" + server.getLocalPort() + "/group/demo.git";
  }

  @Override
  public void close() throws IOException {
    server.close();
  }
}
