package io.loda.server.store.dump;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import org.jspecify.annotations.Nullable;

/** The folder of the dump. Only the disk's thread calls it. All methods block. */
interface Disk extends Closeable {

  /** Opens the folder for this process alone. */
  interface Opener {
    Disk open() throws IOException;
  }

  /** A file that is written from beginning to end. */
  interface Output extends Closeable {

    /** Writes all bytes, or fails after a part of them. */
    void write(byte[] bytes, int length) throws IOException;

    /** Waits until the written bytes are on the disk. */
    void force() throws IOException;

    /** Truncates the file to this length; the next write continues there. */
    void truncate(long bytes) throws IOException;
  }

  /** Opens a file for reading; null if there is none. */
  @Nullable InputStream read(String name) throws IOException;

  /** Returns whether anything has this name. */
  boolean has(String name) throws IOException;

  /** Creates a new file; replaces one of ours with this name. */
  Output create(String name) throws IOException;

  /** Renames a file; replaces one of ours with the new name. */
  void rename(String name, String newName) throws IOException;

  /** Deletes a file, if there is one. */
  void delete(String name) throws IOException;

  /** Waits until created, renamed and deleted names are on the disk. */
  void forceNames() throws IOException;
}
