package io.loda.agent.source.script.process;

/** Keeps the end of what is written, in bounded memory. */
final class TailBuffer {

  private final int maxBytes;
  private byte[] ring = {};
  private long written;

  TailBuffer(int maxBytes) {
    this.maxBytes = maxBytes;
  }

  void write(byte[] chunk, int length) {
    if (length > 0 && ring.length == 0) {
      // allocated late: most plugins write nothing
      ring = new byte[maxBytes];
    }
    int from = Math.max(0, length - ring.length);
    for (int at = from; at < length; ) {
      int position = (int) ((written + at) % ring.length);
      int part = Math.min(length - at, ring.length - position);
      System.arraycopy(chunk, at, ring, position, part);
      at += part;
    }
    written += length;
  }

  byte[] tail() {
    int length = (int) Math.min(written, ring.length);
    if (length == 0) {
      return ring;
    }
    byte[] tail = new byte[length];
    int start = (int) ((written - length) % ring.length);
    int first = Math.min(length, ring.length - start);
    System.arraycopy(ring, start, tail, 0, first);
    System.arraycopy(ring, 0, tail, first, length - first);
    return tail;
  }
}
