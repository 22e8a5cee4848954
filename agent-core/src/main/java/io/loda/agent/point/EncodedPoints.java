package io.loda.agent.point;

import io.loda.common.telemetry.MemoryBudget;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Encoded points, one after the other in one reused array. An encoder puts bytes, and {@link
 * #endPoint} ends a point. Not thread-safe.
 */
public final class EncodedPoints {

  private static final int FIRST_BYTES = 8 * 1024;

  /** A larger array isn't kept for the next use, and counts against the share. */
  private static final int KEPT_BYTES = 1024 * 1024;

  private static final int FIRST_POINTS = 64;
  private static final long BYTES_A_POINT = Integer.BYTES;

  private final MemoryBudget.@Nullable Share share;
  private byte[] bytes = new byte[FIRST_BYTES];
  private int size;
  private int[] ends = new int[FIRST_POINTS];
  private int count;

  /** No points, without a bound of memory. */
  public EncodedPoints() {
    this(null);
  }

  /**
   * No points.
   *
   * @param share the budget of large arrays; null: none
   */
  public EncodedPoints(MemoryBudget.@Nullable Share share) {
    this.share = share;
  }

  /** Removes all points and gives large arrays back. */
  public void clear() {
    size = 0;
    count = 0;
    if (charged(bytes.length) > 0) {
      give(bytes.length);
      bytes = new byte[FIRST_BYTES];
    }
    if (charged(ends.length * BYTES_A_POINT) > 0) {
      give(ends.length * BYTES_A_POINT);
      ends = new int[FIRST_POINTS];
    }
  }

  public long takenBytes() {
    return charged(bytes.length) + charged(ends.length * BYTES_A_POINT);
  }

  /** How many points are complete. */
  public int count() {
    return count;
  }

  public int totalBytes() {
    return count == 0 ? 0 : ends[count - 1];
  }

  /** The array with the points; replaced when it grows. */
  public byte[] array() {
    return bytes;
  }

  /** The offset of a point. */
  public int start(int point) {
    return point == 0 ? 0 : ends[point - 1];
  }

  public int length(int point) {
    return ends[point] - start(point);
  }

  public void endPoint() {
    if (count == ends.length) {
      take(2 * (count * BYTES_A_POINT));
      ends = Arrays.copyOf(ends, count * 2);
      give(count * BYTES_A_POINT);
    }
    ends[count++] = size;
  }

  public void put(byte b) {
    if (size == bytes.length) {
      grow(1);
    }
    bytes[size++] = b;
  }

  public void putAscii(String text) {
    int length = text.length();
    if (bytes.length - size < length) {
      grow(length);
    }
    for (int i = 0; i < length; i++) {
      bytes[size++] = (byte) text.charAt(i);
    }
  }

  /**
   * Puts the UTF-8 of the character or surrogate pair at an index; a question mark for half a pair,
   * as the JDK does.
   *
   * @return how many chars it consumed: 1 or 2
   */
  public int putChar(String text, int at) {
    char c = text.charAt(at);
    if (c < 0x80) {
      put((byte) c);
    } else if (c < 0x800) {
      put((byte) (0xC0 | (c >> 6)));
      put((byte) (0x80 | (c & 0x3F)));
    } else if (!Character.isSurrogate(c)) {
      put((byte) (0xE0 | (c >> 12)));
      put((byte) (0x80 | ((c >> 6) & 0x3F)));
      put((byte) (0x80 | (c & 0x3F)));
    } else {
      int point = text.codePointAt(at);
      if (!Character.isSupplementaryCodePoint(point)) {
        put((byte) '?');
        return 1;
      }
      put((byte) (0xF0 | (point >> 18)));
      put((byte) (0x80 | ((point >> 12) & 0x3F)));
      put((byte) (0x80 | ((point >> 6) & 0x3F)));
      put((byte) (0x80 | (point & 0x3F)));
      return 2;
    }
    return 1;
  }

  public void putLong(long value) {
    if (value == Long.MIN_VALUE) {
      putAscii(Long.toString(value));
      return;
    }
    long rest = value;
    if (rest < 0) {
      put((byte) '-');
      rest = -rest;
    }
    int digits = 1;
    for (long limit = 10; digits < 19 && rest >= limit; limit *= 10) {
      digits++;
    }
    if (bytes.length - size < digits) {
      grow(digits);
    }
    size += digits;
    for (int at = size; digits > 0; digits--) {
      bytes[--at] = (byte) ('0' + rest % 10);
      rest /= 10;
    }
  }

  private void grow(int more) {
    int before = bytes.length;
    int next = Math.max(before * 2, size + more);
    take(next);
    bytes = Arrays.copyOf(bytes, next);
    give(before);
  }

  private void take(long wanted) {
    if (share != null && charged(wanted) > 0) {
      share.take(wanted);
    }
  }

  private void give(long before) {
    if (share != null) {
      share.give(charged(before));
    }
  }

  private static long charged(long array) {
    return array > KEPT_BYTES ? array : 0;
  }
}
