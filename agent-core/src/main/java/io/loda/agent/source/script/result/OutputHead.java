package io.loda.agent.source.script.result;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;

/** The first 2 KiB of an output, kept to show what is wrong with it. */
public final class OutputHead {

  private static final int MOST_BYTES = 2048;

  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream(0);

  /** Returns the head of the output at the array's beginning. */
  public static OutputHead of(byte[] output, int length) {
    OutputHead head = new OutputHead();
    head.add(output, length);
    return head;
  }

  public void add(byte[] chunk, int length) {
    bytes.write(chunk, 0, Math.min(length, MOST_BYTES - bytes.size()));
  }

  /** Returns the text up to its last whole character. */
  String text() {
    byte[] all = bytes.toByteArray();
    int end = all.length;
    int last = end - 1;
    // continuation bytes of a UTF-8 character
    while (last > 0 && end - last < 4 && (all[last] & 0xc0) == 0x80) {
      last--;
    }
    boolean cut = end == MOST_BYTES && last >= 0 && end - last < characterBytes(all[last]);
    return new String(all, 0, cut ? last : end, UTF_8);
  }

  private static int characterBytes(byte first) {
    return (first & 0xe0) == 0xc0 ? 2 : (first & 0xf0) == 0xe0 ? 3 : (first & 0xf8) == 0xf0 ? 4 : 1;
  }
}
