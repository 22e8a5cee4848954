package io.loda.common.files;

import java.io.IOException;
import java.nio.file.Path;

/** Is called by {@link SafeFiles#walk} for each entry; a failure ends the walk. */
public interface TreeVisitor {

  /**
   * Called for a folder before its entries.
   *
   * @param relative to the top, for which it is empty
   * @return whether to visit the entries
   */
  default boolean folder(Path relative, Opened folder) throws IOException {
    return true;
  }

  /**
   * Called for a regular file.
   *
   * @param file closed after the call
   */
  void file(Path relative, Opened file) throws IOException;

  /** Called for a symbolic link, which isn't followed. */
  default void link(Path relative, FileStat link, Path target) throws IOException {}

  /** Called for a named pipe, a device or a socket. */
  default void other(Path relative, FileStat stat) throws IOException {}

  /**
   * Called for an entry that can't be opened or listed; by default the walk fails. Not called for
   * entries that were deleted meanwhile.
   */
  default void failed(Path relative, IOException failure) throws IOException {
    throw failure;
  }
}
