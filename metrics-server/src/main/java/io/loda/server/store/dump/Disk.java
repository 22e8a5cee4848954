package io.loda.server.store.dump;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import org.jspecify.annotations.Nullable;

/** The dump's folder. On the disk's thread only; all of it blocks. */
interface Disk extends Closeable {

  /** Makes it ready to be used by this process alone. */
  interface Opener {
    Disk open() throws IOException;
  }

  /** A file that is written from its begin to its end. */
  interface Output extends Closeable {

    /** Writes all of it, or fails after a part. */
    void write(byte[] bytes, int length) throws IOException;

    /** Waits until the disk has what was written. */
    void force() throws IOException;

    /** Cuts off what comes after so many bytes; the next write goes on there. */
    void truncate(long bytes) throws IOException;
  }

  /** Opens a file to be read; null where there is none. */
  @Nullable InputStream read(String name) throws IOException;

  /** Whether anything has this name. */
  boolean has(String name) throws IOException;

  /** Makes a new file, in place of one of ours that is there. */
  Output create(String name) throws IOException;

  /** Renames a file, in place of one of ours that has the new name. */
  void rename(String name, String newName) throws IOException;

  /** Deletes a file; nothing where there is none. */
  void delete(String name) throws IOException;

  /** Waits until the disk has which names there are. */
  void forceNames() throws IOException;
}
