package io.loda.agent.delivery;

import io.loda.agent.files.OwnFiles;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.StandardOpenOption;

/** Appends to a segment: one write a batch. Blocks; one thread. */
final class SegmentWriter implements Closeable {

  private final Segment segment;
  private final FileChannel channel;
  private boolean dirty;

  SegmentWriter(Segment segment) throws IOException {
    this.segment = segment;
    channel =
        OwnFiles.open(segment.file(), StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
  }

  Segment segment() {
    return segment;
  }

  /**
   * Writes whole records.
   *
   * @throws IOException when not all of it could be written; then the file is as before
   */
  void write(ByteBuffer records) throws IOException {
    dirty = true;
    long at = segment.size();
    try {
      while (records.hasRemaining()) {
        at += channel.write(records, at);
      }
    } catch (IOException e) {
      channel.truncate(segment.size());
      throw e;
    }
  }

  void force() throws IOException {
    if (dirty) {
      channel.force(false);
      dirty = false;
    }
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
