package io.loda.agent.builtin.container;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Map;

/**
 * One gRPC call without a message, to a server on a unix socket: as much of HTTP/2 as that needs.
 *
 * <p>Headers are sent uncompressed, and those of the answer aren't read: one without data has
 * failed. Whatever windows the server opens are large enough for a request without a message; the
 * own ones are opened for the whole answer at once.
 */
final class UnixGrpc {
  private static final String PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
  private static final int DATA = 0;
  private static final int HEADERS = 1;
  private static final int RESET = 3;
  private static final int SETTINGS = 4;
  private static final int PING = 6;
  private static final int GO_AWAY = 7;
  private static final int WINDOW_UPDATE = 8;
  private static final int END_STREAM = 1;
  private static final int ACKNOWLEDGE = 1;
  private static final int END_HEADERS = 4;
  private static final int PADDED = 8;
  private static final int STREAM = 1;

  private UnixGrpc() {}

  /**
   * Calls it. Blocks for at most the time-out.
   *
   * @param method {@code /service/Method}
   * @param metadata further headers; names and values below 127 bytes
   * @param mostBytes of the answer
   * @return the answer's message
   */
  static byte[] call(
      Path socket, String method, Map<String, String> metadata, Duration timeout, int mostBytes)
      throws IOException {
    try (UnixConnection connection = UnixConnection.open(socket, timeout)) {
      connection.write(request(method, metadata, mostBytes));
      ByteArrayOutputStream answer = new ByteArrayOutputStream();
      boolean last = false;
      while (!last) {
        last = readFrame(connection, answer, socket, mostBytes);
      }
      return message(answer.toByteArray(), socket, method);
    }
  }

  private static byte[] request(String method, Map<String, String> metadata, int window) {
    ByteArrayOutputStream headers = new ByteArrayOutputStream();
    header(headers, ":method", "POST");
    header(headers, ":scheme", "http");
    header(headers, ":path", method);
    header(headers, ":authority", "localhost");
    header(headers, "content-type", "application/grpc");
    header(headers, "te", "trailers");
    metadata.forEach((name, value) -> header(headers, name, value));
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.writeBytes(PREFACE.getBytes(UTF_8));
    short initialWindowSize = 4;
    byte[] settings = ByteBuffer.allocate(6).putShort(initialWindowSize).putInt(window).array();
    out.writeBytes(frame(SETTINGS, 0, 0, settings));
    out.writeBytes(frame(WINDOW_UPDATE, 0, 0, ByteBuffer.allocate(4).putInt(window).array()));
    out.writeBytes(frame(HEADERS, END_HEADERS, STREAM, headers.toByteArray()));
    byte[] noMessage = new byte[5]; // not compressed, length 0
    out.writeBytes(frame(DATA, END_STREAM, STREAM, noMessage));
    return out.toByteArray();
  }

  /** A literal field that no table remembers. */
  private static void header(ByteArrayOutputStream out, String name, String value) {
    out.write(0);
    for (String text : new String[] {name, value}) {
      byte[] bytes = text.getBytes(UTF_8);
      out.write(bytes.length);
      out.writeBytes(bytes);
    }
  }

  private static byte[] frame(int type, int flags, int stream, byte[] payload) {
    return ByteBuffer.allocate(9 + payload.length)
        .put((byte) (payload.length >> 16))
        .putShort((short) payload.length)
        .put((byte) type)
        .put((byte) flags)
        .putInt(stream)
        .put(payload)
        .array();
  }

  /** Whether it was the last one. */
  private static boolean readFrame(
      UnixConnection connection, ByteArrayOutputStream answer, Path socket, int mostBytes)
      throws IOException {
    ByteBuffer header = ByteBuffer.wrap(connection.readFully(9));
    int length = ((header.get() & 0xFF) << 16) | (header.getShort() & 0xFFFF);
    int type = header.get();
    int flags = header.get();
    if (answer.size() + length > mostBytes) {
      throw new IOException(socket + " answers with more than " + mostBytes + " bytes");
    }
    byte[] payload = connection.readFully(length);
    switch (type) {
      case DATA -> {
        boolean padded = (flags & PADDED) != 0;
        int from = padded ? 1 : 0;
        int padding = padded && length > 0 ? payload[0] & 0xFF : 0;
        answer.write(payload, from, Math.max(0, length - from - padding));
      }
      case RESET, GO_AWAY -> throw new IOException(socket + " refuses the call");
      case SETTINGS, PING -> {
        if ((flags & ACKNOWLEDGE) == 0) {
          connection.write(frame(type, ACKNOWLEDGE, 0, type == PING ? payload : new byte[0]));
        }
      }
      default -> {} // headers, and what needs no answer
    }
    return (type == DATA || type == HEADERS) && (flags & END_STREAM) != 0;
  }

  private static byte[] message(byte[] data, Path socket, String method) throws IOException {
    if (data.length < 5 || data[0] != 0) {
      throw new IOException(socket + " doesn't answer " + method + " with a plain message");
    }
    int length = ByteBuffer.wrap(data, 1, 4).getInt();
    if (length < 0 || length > data.length - 5) {
      throw new IOException(socket + " ends in the middle of its answer to " + method);
    }
    return Arrays.copyOfRange(data, 5, 5 + length);
  }
}
