package io.loda.server.http;

import io.loda.common.http.BadCall;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Splits a path into segments, and percent-decodes each by itself: a name may contain a slash
 * ({@code %2F}), or be {@code ..}. Ignores one slash at the end.
 */
final class CallPath {

  private CallPath() {}

  /**
   * Returns the segments; none for {@code /}.
   *
   * @throws BadCall when the path isn't percent-encoded UTF-8
   */
  static List<String> segments(String path) {
    String inner = path.startsWith("/") ? path.substring(1) : path;
    if (inner.endsWith("/")) {
      inner = inner.substring(0, inner.length() - 1);
    }
    if (inner.isEmpty()) {
      return List.of();
    }
    List<String> segments = new ArrayList<>();
    for (String segment : Arrays.asList(inner.split("/", -1))) {
      segments.add(decoded(segment));
    }
    return segments;
  }

  private static String decoded(String segment) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(segment.length());
    for (int i = 0; i < segment.length(); i++) {
      char c = segment.charAt(i);
      if (c != '%') {
        bytes.writeBytes(String.valueOf(c).getBytes(StandardCharsets.UTF_8));
        continue;
      }
      int high = i + 2 <= segment.length() - 1 ? Character.digit(segment.charAt(i + 1), 16) : -1;
      int low = i + 2 <= segment.length() - 1 ? Character.digit(segment.charAt(i + 2), 16) : -1;
      if (high < 0 || low < 0) {
        throw bad(segment);
      }
      bytes.write(high << 4 | low);
      i += 2;
    }
    try {
      return StandardCharsets.UTF_8
          .newDecoder()
          .decode(ByteBuffer.wrap(bytes.toByteArray()))
          .toString();
    } catch (CharacterCodingException e) {
      throw bad(segment);
    }
  }

  private static BadCall bad(String segment) {
    return new BadCall("path: expected percent-encoded UTF-8, found \"" + segment + '"');
  }
}
