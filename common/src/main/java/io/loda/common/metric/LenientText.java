package io.loda.common.metric;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.CodingErrorAction;
import java.util.ArrayList;
import java.util.List;

/**
 * Text of bytes that may not be UTF-8. Bad bytes are replaced and their places remembered, so that
 * only the items with bad bytes are refused.
 *
 * @param replaced in order
 */
record LenientText(String text, List<Replaced> replaced) {

  /**
   * A replaced byte.
   *
   * @param index of its replacement in the text
   */
  record Replaced(int index, byte found) {}

  static LenientText of(byte[] bytes, int from, int to) {
    CharsetDecoder decoder =
        UTF_8
            .newDecoder()
            .onMalformedInput(CodingErrorAction.REPORT)
            .onUnmappableCharacter(CodingErrorAction.REPORT);
    ByteBuffer in = ByteBuffer.wrap(bytes, from, to - from);
    CharBuffer out = CharBuffer.allocate(to - from);
    List<Replaced> replaced = new ArrayList<>();
    for (CoderResult result = decoder.decode(in, out, true);
        result.isError();
        result = decoder.decode(in, out, true)) {
      replaced.add(new Replaced(out.position(), in.get(in.position())));
      in.position(in.position() + result.length());
      out.put('\ufffd');
    }
    return new LenientText(out.flip().toString(), replaced);
  }

  /** Returns the problem of a part of the text; empty: none. */
  String problem(long from, long to) {
    int low = 0;
    int high = replaced.size();
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (replaced.get(middle).index < from) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low < replaced.size() && replaced.get(low).index < to
        ? TextCache.notUtf8(replaced.get(low).found)
        : "";
  }
}
