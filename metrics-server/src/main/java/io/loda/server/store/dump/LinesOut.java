package io.loda.server.store.dump;

import java.io.Closeable;
import java.io.IOException;

/** Writes the lines of a file, each with its checksum. On the disk's thread. */
final class LinesOut implements Closeable {

  private final Disk.Output out;
  private final byte[] buffer = new byte[64 * 1024];
  private int buffered;
  private long bytes;
  private int check;

  /** A position at the end of a line. */
  record Mark(long bytes, int check) {}

  LinesOut(Disk.Output out) {
    this.out = out;
  }

  void write(Line line) throws IOException {
    check = Check.next(check, line.array(), line.length());
    put(line.array(), line.length());
    put(Check.text(check), Check.BYTES);
    put(new byte[] {'\n'}, 1);
  }

  private void put(byte[] part, int length) throws IOException {
    bytes += length;
    if (length > buffer.length - buffered) {
      flush();
    }
    if (length > buffer.length) {
      out.write(part, length);
    } else {
      System.arraycopy(part, 0, buffer, buffered, length);
      buffered += length;
    }
  }

  private void flush() throws IOException {
    int length = buffered;
    buffered = 0;
    if (length > 0) {
      out.write(buffer, length);
    }
  }

  /** Waits until all lines are on the disk. */
  void force() throws IOException {
    flush();
    out.force();
  }

  Mark mark() {
    return new Mark(bytes, check);
  }

  /** Truncates the file to this position. */
  void cutBack(Mark mark) throws IOException {
    buffered = 0;
    bytes = mark.bytes;
    check = mark.check;
    out.truncate(mark.bytes);
    out.force();
  }

  /** Returns the number of bytes written. */
  long bytes() {
    return bytes;
  }

  @Override
  public void close() throws IOException {
    out.close();
  }
}
