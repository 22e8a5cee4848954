package io.loda.common.testing;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/** Takes a topic's messages by NSQ's own protocol, and acknowledges each. */
public final class NsqConsumer implements AutoCloseable {

  private static final int RESPONSE = 0;
  private static final int MESSAGE = 2;

  /** Timestamp 8, attempts 2, id 16. */
  private static final int HEADER_BYTES = 26;

  private final Socket socket;
  private final List<String> messages = new CopyOnWriteArrayList<>();
  private final Thread reader = new Thread(this::read, "nsq-consumer");
  private volatile @Nullable IOException failure;

  NsqConsumer(int port, String topic) throws IOException {
    socket = new Socket(InetAddress.getLoopbackAddress(), port);
    send("  V2SUB " + topic + " test\nRDY 1000\n");
    reader.setDaemon(true);
    reader.start();
  }

  /** The bodies so far. */
  public List<String> messages() {
    IOException failed = failure;
    if (failed != null) {
      throw new IllegalStateException("the consumer failed", failed);
    }
    return List.copyOf(messages);
  }

  /** The lines of all bodies so far. */
  public List<String> lines() {
    return messages().stream().flatMap(String::lines).toList();
  }

  /** Nothing more comes. */
  boolean ended() {
    return !reader.isAlive();
  }

  private void read() {
    try {
      DataInputStream in = new DataInputStream(socket.getInputStream());
      while (true) {
        int size = in.readInt();
        int type = in.readInt();
        byte[] data = in.readNBytes(size - 4);
        if (type == MESSAGE) {
          messages.add(new String(data, HEADER_BYTES, data.length - HEADER_BYTES, UTF_8));
          send("FIN " + new String(data, 10, 16, UTF_8) + "\n");
        } else if (type == RESPONSE && new String(data, UTF_8).equals("_heartbeat_")) {
          send("NOP\n");
        } else if (type != RESPONSE) {
          throw new IOException("nsqd says " + new String(data, UTF_8));
        }
      }
    } catch (EOFException | SocketException e) {
      // The test is over, or nsqd was killed: a reset, where it had not yet read what was sent to
      // it.
    } catch (IOException e) {
      failure = e;
    }
  }

  private synchronized void send(String text) throws IOException {
    OutputStream out = socket.getOutputStream();
    out.write(text.getBytes(UTF_8));
    out.flush();
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
