package io.loda.common.testing;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/** Something that speaks as nsqd does to a publisher, and then does what nsqd rarely does. */
public final class NsqdDouble implements AutoCloseable {

  /** Takes a message, and closes the connection. */
  public static final String CLOSES_AFTER_EACH = "closes";

  /** Takes messages, and never sends a heartbeat. */
  public static final String NO_HEARTBEATS = "silent";

  private final ServerSocket server;
  private final String behaviour;
  private final AtomicInteger connections = new AtomicInteger();
  private final Set<Socket> open = ConcurrentHashMap.newKeySet();

  private NsqdDouble(String behaviour) throws IOException {
    this.server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    this.behaviour = behaviour;
  }

  /** Starts one: one of the behaviours, or what it answers to a message as an error. */
  public static NsqdDouble start(String behaviour) throws IOException {
    NsqdDouble nsqd = new NsqdDouble(behaviour);
    Thread thread = new Thread(nsqd::serve, "nsqd-double");
    thread.setDaemon(true);
    thread.start();
    return nsqd;
  }

  public String address() {
    return "127.0.0.1:" + server.getLocalPort();
  }

  /** How many there were. */
  public int connections() {
    return connections.get();
  }

  /** One at a time: a publisher has no more. */
  private void serve() {
    while (!server.isClosed()) {
      try (Socket socket = server.accept()) {
        connections.incrementAndGet();
        open.add(socket);
        talk(socket);
      } catch (IOException e) {
        // the publisher left, or the test is over
      }
    }
  }

  private void talk(Socket socket) throws IOException {
    DataInputStream in = new DataInputStream(socket.getInputStream());
    DataOutputStream out = new DataOutputStream(socket.getOutputStream());
    in.readNBytes(4);
    while (true) {
      String command = line(in);
      if (command.isEmpty()) {
        return;
      }
      if (!command.equals("NOP")) {
        in.readNBytes(in.readInt());
      }
      if (command.equals("IDENTIFY")) {
        frame(out, 0, "{\"version\":\"double\"}");
      } else if (command.startsWith("PUB ")) {
        boolean takes = behaviour.equals(CLOSES_AFTER_EACH) || behaviour.equals(NO_HEARTBEATS);
        frame(out, takes ? 0 : 1, takes ? "OK" : behaviour);
        if (!behaviour.equals(NO_HEARTBEATS)) {
          // read on, or the system sends a reset that overtakes the answer
          socket.shutdownOutput();
          in.skipNBytes(Long.MAX_VALUE);
        }
      }
    }
  }

  private static String line(DataInputStream in) throws IOException {
    StringBuilder line = new StringBuilder();
    int c = in.read();
    while (c >= 0 && c != '\n') {
      line.append((char) c);
      c = in.read();
    }
    return line.toString();
  }

  private static void frame(DataOutputStream out, int type, String text) throws IOException {
    byte[] data = text.getBytes(UTF_8);
    byte[] head = {0, 0, 0, (byte) (4 + data.length), 0, 0, 0, (byte) type};
    byte[] whole = new byte[head.length + data.length];
    System.arraycopy(head, 0, whole, 0, head.length);
    System.arraycopy(data, 0, whole, head.length, data.length);
    out.write(whole);
    out.flush();
  }

  @Override
  public void close() throws IOException {
    server.close();
    for (Socket socket : open) {
      socket.close();
    }
  }
}
