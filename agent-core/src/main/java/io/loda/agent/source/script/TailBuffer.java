package io.loda.agent.source.script;

import java.io.ByteArrayOutputStream;

/** Keeps the end of what is written. */
final class TailBuffer {

  private final int maxBytes;
  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

  TailBuffer(int maxBytes) {
    this.maxBytes = maxBytes;
  }

  void write(byte[] chunk, int length) {
    if (bytes.size() + length > 2 * maxBytes) {
      byte[] kept = tail();
      bytes.reset();
      bytes.writeBytes(kept);
    }
    bytes.write(chunk, 0, length);
  }

  /** At most the maximum. */
  byte[] tail() {
    byte[] all = bytes.toByteArray();
    return all.length <= maxBytes
        ? all
        : java.util.Arrays.copyOfRange(all, all.length - maxBytes, all.length);
  }
}
