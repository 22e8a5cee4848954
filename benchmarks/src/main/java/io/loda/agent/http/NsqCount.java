package io.loda.agent.http;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.util.Arrays;
import java.util.BitSet;

/** Reads a topic of nsqd to its end, and which of the numbers that were posted are there. */
final class NsqCount {

  private static final int QUIET_MILLIS = 5_000;
  private static final int RESPONSE = 0;
  private static final int MESSAGE = 2;
  private static final int ID_BYTES = 16;

  /** Each number has a 1 before it, so that all are equally long. */
  private static final long FIRST = 100_000_000_000L;

  private final int port;
  private final String topic;
  private final long expected;
  private final BitSet seen = new BitSet();
  private long twice;

  NsqCount(int port, String topic, long expected) {
    this.port = port;
    this.topic = topic;
    this.expected = expected;
  }

  /** Reads until nothing came for some seconds. */
  void untilQuiet() throws IOException {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      socket.setTcpNoDelay(true);
      socket.setSoTimeout(QUIET_MILLIS);
      OutputStream out = socket.getOutputStream();
      out.write(("  V2SUB " + topic + " count\nRDY 50\n").getBytes(US_ASCII));
      DataInputStream in =
          new DataInputStream(new BufferedInputStream(socket.getInputStream(), 1 << 20));
      while (true) {
        int size = in.readInt();
        int type = in.readInt();
        byte[] data = in.readNBytes(size - 4);
        if (type == MESSAGE) {
          message(data);
          byte[] id = Arrays.copyOfRange(data, 10, 10 + ID_BYTES);
          out.write(("FIN " + new String(id, US_ASCII) + "\n").getBytes(US_ASCII));
        } else if (type == RESPONSE && new String(data, US_ASCII).equals("_heartbeat_")) {
          out.write("NOP\n".getBytes(US_ASCII));
        }
      }
    } catch (SocketTimeoutException e) {
      // quiet
    }
  }

  private void message(byte[] data) {
    for (int i = 10 + ID_BYTES; i < data.length; i++) {
      if (data[i] == '=' && data[i - 1] == 'e' && data[i - 2] == 'u') {
        long number = 0;
        for (i++; data[i] >= '0' && data[i] <= '9'; i++) {
          number = number * 10 + data[i] - '0';
        }
        int id = Math.toIntExact(number - FIRST);
        if (seen.get(id)) {
          twice++;
        }
        seen.set(id);
      }
    }
  }

  long missing() {
    return expected - seen.cardinality();
  }

  long twice() {
    return twice;
  }
}
