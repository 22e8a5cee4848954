package io.loda.agent.delivery.segment;

import io.loda.common.files.OwnFiles;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** Appends to a segment, one write for each batch. Blocks; one thread. */
public final class SegmentWriter implements Closeable {

  private final Segment segment;
  private final FileChannel channel;
  private final Object key;
  private boolean dirty;

  /** Somebody deleted the file: what was written has no name any more. */
  public static final class DeletedException extends IOException {
    private static final long serialVersionUID = 1L;

    DeletedException(Path file) {
      super(file + " was deleted by another process");
    }
  }

  public SegmentWriter(Segment segment) throws IOException {
    this.segment = segment;
    channel =
        OwnFiles.open(segment.file(), StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
    try {
      key = OwnFiles.key(segment.file());
    } catch (IOException e) {
      channel.close();
      throw e;
    }
  }

  public Segment segment() {
    return segment;
  }

  /**
   * Writes whole records.
   *
   * @throws DeletedException when the file was deleted before they were written
   * @throws IOException when not all could be written; the file is then cut to what it was
   */
  public void write(ByteBuffer records) throws IOException {
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
    if (!OwnFiles.isAt(segment.file(), key)) {
      throw new DeletedException(segment.file());
    }
  }

  public void force() throws IOException {
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
