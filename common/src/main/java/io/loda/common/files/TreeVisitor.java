package io.loda.common.files;

import java.io.IOException;
import java.nio.file.Path;

/** What {@link SafeFiles#walk} tells what it finds to; a failure ends the walk. */
public interface TreeVisitor {

  /**
   * Called before what is in it.
   *
   * @param relative to the top, whose own is empty
   * @return whether to go into it
   */
  default boolean folder(Path relative, Opened folder) throws IOException {
    return true;
  }

  /**
   * A regular file.
   *
   * @param file closed after the call
   */
  void file(Path relative, Opened file) throws IOException;

  /** A symbolic link, which isn't followed, and what it says. */
  default void link(Path relative, FileStat link, Path target) throws IOException {}

  /** A named pipe, a device, a socket. */
  default void other(Path relative, FileStat stat) throws IOException {}

  /**
   * What can't be opened or listed; fails with it unless told otherwise. What is gone meanwhile
   * isn't told.
   */
  default void failed(Path relative, IOException failure) throws IOException {
    throw failure;
  }
}
