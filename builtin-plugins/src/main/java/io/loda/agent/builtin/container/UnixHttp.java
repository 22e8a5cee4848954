package io.loda.agent.builtin.container;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;

/**
 * Sends a request to a server on a unix socket, which the JDK's HTTP client can't.
 *
 * <p>Uses HTTP 1.0: the answer isn't chunked, and ends with the connection.
 */
final class UnixHttp {

  private UnixHttp() {}

  /**
   * Gets a page. Blocks for at most the time-out.
   *
   * @param mostBytes of the whole answer
   * @return the body
   * @throws IOException when there is no answer in time, its status isn't 200, or it is too large
   */
  static String get(Path socket, String target, Duration timeout, int mostBytes)
      throws IOException {
    try (UnixConnection connection = UnixConnection.open(socket, timeout)) {
      String request = "GET " + target + " HTTP/1.0\r\nHost: localhost\r\n\r\n";
      connection.write(request.getBytes(US_ASCII));
      ByteArrayOutputStream answer = new ByteArrayOutputStream();
      ByteBuffer in = ByteBuffer.allocate(8192);
      for (int n; (n = connection.read(in.clear())) >= 0; ) {
        answer.write(in.array(), 0, n);
        if (answer.size() > mostBytes) {
          throw new IOException(socket + " answers with more than " + mostBytes + " bytes");
        }
      }
      return body(answer.toString(UTF_8), socket);
    }
  }

  private static String body(String answer, Path socket) throws IOException {
    int end = answer.indexOf("\r\n\r\n");
    if (end < 0) {
      throw new IOException(socket + " doesn't speak HTTP");
    }
    String status = answer.substring(0, answer.indexOf("\r\n"));
    if (!status.matches("HTTP/1\\.[01] 200( .*)?")) {
      throw new IOException(socket + " answers " + status);
    }
    return answer.substring(end + 4);
  }
}
