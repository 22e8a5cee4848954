package io.loda.common.files;

import java.nio.file.Path;

/**
 * A part of the way to what was opened.
 *
 * @param path its path, without links
 * @param stat what it was when it was passed
 */
public record Step(Path path, FileStat stat) {

  /** Its permissions, like {@code 0755}. */
  public String mode() {
    return "%04o".formatted(stat.mode() & 07777);
  }
}
