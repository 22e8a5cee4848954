package io.loda.agent.delivery;

import java.util.Arrays;

/**
 * Encoded points one after another in one array, to be used again after {@link #clear}: nothing is
 * allocated a point. One thread at a time.
 */
public final class EncodedPoints {

  private byte[] bytes = new byte[1024];
  private int[] ends = new int[16];
  private int size;
  private int count;

  /** These points, each a whole array. */
  public static EncodedPoints of(Iterable<byte[]> points) {
    EncodedPoints all = new EncodedPoints();
    for (byte[] point : points) {
      all.write(point, 0, point.length);
      all.endPoint();
    }
    return all;
  }

  /** Forgets all points. */
  public void clear() {
    size = 0;
    count = 0;
  }

  /** Adds bytes to the point that is being written. */
  public void write(byte[] source, int offset, int length) {
    ensure(length);
    System.arraycopy(source, offset, bytes, size, length);
    size += length;
  }

  /** Adds one byte to the point that is being written. */
  public void write(int value) {
    ensure(1);
    bytes[size++] = (byte) value;
  }

  /** The point is whole; the next byte begins another. */
  public void endPoint() {
    if (count == ends.length) {
      ends = Arrays.copyOf(ends, count * 2);
    }
    ends[count++] = size;
  }

  /** Forgets what was written since the last {@link #endPoint}. */
  public void dropPoint() {
    size = start(count);
  }

  /** How many points are whole. */
  public int count() {
    return count;
  }

  /** Bytes of the whole points. */
  public int size() {
    return start(count);
  }

  byte[] bytes() {
    return bytes;
  }

  int start(int point) {
    return point == 0 ? 0 : ends[point - 1];
  }

  int length(int point) {
    return ends[point] - start(point);
  }

  private void ensure(int more) {
    if (bytes.length - size < more) {
      bytes = Arrays.copyOf(bytes, Math.max(Math.addExact(size, more), bytes.length * 2));
    }
  }
}
