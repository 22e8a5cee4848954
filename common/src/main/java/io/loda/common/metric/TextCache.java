package io.loda.common.metric;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.CodingErrorAction;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Decodes text, and reuses the strings read lately, as names and tags recur. Bounded. One thread.
 */
final class TextCache {

  private static final int SLOTS = 1024;
  private static final int LONGEST_KEPT = 64;

  private record Slot(byte[] bytes, String text) {}

  private final @Nullable Slot[] slots = new @Nullable Slot[SLOTS];
  private final CharsetDecoder decoder =
      UTF_8
          .newDecoder()
          .onMalformedInput(CodingErrorAction.REPORT)
          .onUnmappableCharacter(CodingErrorAction.REPORT);

  /**
   * Returns the text of a part of an array; may reuse a string.
   *
   * @throws BadText when it isn't UTF-8, or contains a NUL
   */
  String get(byte[] bytes, int from, int to) throws BadText {
    int length = to - from;
    if (length > LONGEST_KEPT) {
      return decode(bytes, from, to);
    }
    int hash = 1;
    for (int i = from; i < to; i++) {
      hash = 31 * hash + bytes[i];
    }
    int slot = (hash ^ (hash >>> 10) ^ (hash >>> 20)) & (SLOTS - 1);
    Slot kept = slots[slot];
    if (kept != null && Arrays.equals(kept.bytes, 0, kept.bytes.length, bytes, from, to)) {
      return kept.text;
    }
    String text = decode(bytes, from, to);
    slots[slot] = new Slot(Arrays.copyOfRange(bytes, from, to), text);
    return text;
  }

  /**
   * Decodes a part of an array into a new string.
   *
   * @throws BadText when it isn't UTF-8, or contains a NUL
   */
  String decode(byte[] bytes, int from, int to) throws BadText {
    boolean ascii = true;
    for (int i = from; i < to; i++) {
      if (bytes[i] == 0) {
        throw new BadText(i, "expected text, found a NUL");
      }
      ascii &= bytes[i] > 0;
    }
    if (ascii) {
      return new String(bytes, from, to - from, ISO_8859_1);
    }
    ByteBuffer in = ByteBuffer.wrap(bytes, from, to - from);
    CharBuffer out = CharBuffer.allocate(to - from);
    CoderResult result = decoder.reset().decode(in, out, true);
    if (result.isError()) {
      throw new BadText(in.position(), notUtf8(bytes[in.position()]));
    }
    return out.flip().toString();
  }

  static String notUtf8(byte found) {
    return "expected UTF-8, found the byte 0x%02x".formatted(found);
  }
}
