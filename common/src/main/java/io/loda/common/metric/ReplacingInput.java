package io.loda.common.metric;

import java.io.InputStream;

/**
 * Bytes of an array as UTF-8: each that isn't part of a character is read as U+FFFD instead. Makes
 * no copy of the array.
 */
final class ReplacingInput extends InputStream {

  private static final byte[] REPLACEMENT = {(byte) 0xef, (byte) 0xbf, (byte) 0xbd};

  private final byte[] bytes;
  private final int end;
  private int at;

  /** Where the next byte stands that isn't UTF-8; the end, where none does. */
  private int bad;

  /** Bytes of the replacement that are still to be read. */
  private int replacing;

  ReplacingInput(byte[] bytes, int from, int to) {
    this.bytes = bytes;
    this.at = from;
    this.end = to;
    this.bad = nextBad();
  }

  private int nextBad() {
    int next = StrictUtf8.firstBad(bytes, at, end);
    return next < 0 ? end : next;
  }

  @Override
  public int read() {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] into, int offset, int length) {
    int given = 0;
    while (given < length && (replacing > 0 || at < end)) {
      if (replacing > 0) {
        into[offset + given++] = REPLACEMENT[REPLACEMENT.length - replacing--];
      } else if (at < bad) {
        int good = Math.min(length - given, bad - at);
        System.arraycopy(bytes, at, into, offset + given, good);
        at += good;
        given += good;
      } else {
        replacing = REPLACEMENT.length;
        at++;
        bad = nextBad();
      }
    }
    return given == 0 && length > 0 ? -1 : given;
  }
}
