package io.loda.common.files;

import java.nio.file.Path;

/**
 * A part of the path of an opened file.
 *
 * @param path without links
 * @param stat its attributes when the walk passed it
 */
public record Step(Path path, FileStat stat) {

  /** Returns its permissions, like {@code 0755}. */
  public String mode() {
    return "%04o".formatted(stat.mode() & 07777);
  }
}
