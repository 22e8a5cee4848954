package io.loda.server.store.dump;

import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;

/** Reads the lines of a file one by one, and compares their checksums. */
final class LinesIn {

  /** The longest line; that of the largest request is shorter. */
  private static final int LONGEST = 16 << 20;

  private static final int USUAL_BYTES = 64 * 1024;

  private final InputStream in;
  private final byte[] buffer = new byte[64 * 1024];
  private int position;
  private int limit;
  private byte[] line = new byte[512];
  private int length;
  private boolean terminated;
  private long begin;
  private long end;
  private int check;

  LinesIn(InputStream in) {
    this.in = in;
  }

  /** Moves to the next line; returns false if there is none. Cuts a line that is too long. */
  boolean next() throws IOException {
    begin = end;
    if (line.length > USUAL_BYTES) {
      line = new byte[512];
    }
    length = 0;
    terminated = false;
    while (!terminated && length < LONGEST) {
      if (position == limit && !fill()) {
        break;
      }
      int from = position;
      while (position < limit && buffer[position] != '\n') {
        position++;
      }
      append(from, Math.min(position - from, LONGEST - length));
      end += position - from;
      if (position < limit) {
        position++;
        end++;
        terminated = true;
      }
    }
    return end > begin;
  }

  private boolean fill() throws IOException {
    position = 0;
    limit = Math.max(0, in.read(buffer));
    return limit > 0;
  }

  private void append(int from, int more) {
    if (length + more > line.length) {
      line = Arrays.copyOf(line, Math.min(LONGEST, Math.max(length + more, 2 * line.length)));
    }
    System.arraycopy(buffer, from, line, length, more);
    length += more;
  }

  /** Returns whether this line and all lines before it are unchanged. */
  boolean fits() {
    int next = Check.next(check, line, Math.max(0, length - Check.BYTES));
    if (!Check.fits(next, line, length)) {
      return false;
    }
    check = next;
    return true;
  }

  /** Returns whether the line ends with a line feed. */
  boolean isTerminated() {
    return terminated;
  }

  /** Reads to the end of the file; returns whether there was another line feed. */
  boolean skipRest() throws IOException {
    boolean more = false;
    while (next()) {
      more |= terminated;
    }
    return more;
  }

  /** Returns the array with the line, without line feed, in its first {@link #length} bytes. */
  byte[] array() {
    return line;
  }

  int length() {
    return length;
  }

  /** Returns the offset of the line. */
  long begin() {
    return begin;
  }

  /** Returns the offset of the next line. */
  long end() {
    return end;
  }
}
