package io.loda.common.metric;

import java.io.InputStream;

/**
 * Reads an array as UTF-8; replaces each byte that isn't part of a character by U+FFFD. Doesn't
 * copy the array.
 */
final class ReplacingInput extends InputStream {

  private static final byte[] REPLACEMENT = {(byte) 0xef, (byte) 0xbf, (byte) 0xbd};

  private final byte[] bytes;
  private final int end;
  private int at;

  /** The index of the next bad byte; the end of the array if there is none. */
  private int bad;

  /** How many bytes of the replacement are still to be read. */
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
