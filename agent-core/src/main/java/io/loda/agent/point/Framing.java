package io.loda.agent.point;

import static java.nio.charset.StandardCharsets.UTF_8;

/**
 * The bytes around and between the points of a message, so that a point is encoded before it is
 * known which message it goes into. The arrays are shared and never changed.
 */
public record Framing(byte[] head, byte[] separator, byte[] tail) {

  public static Framing of(String head, String separator, String tail) {
    return new Framing(head.getBytes(UTF_8), separator.getBytes(UTF_8), tail.getBytes(UTF_8));
  }
}
