package io.loda.common.files;

import java.nio.file.FileSystemException;
import java.nio.file.Path;

/** A path that isn't followed, since somebody else could make it lead anywhere; says why. */
public final class UnsafePathException extends FileSystemException {

  private static final long serialVersionUID = 1;

  public UnsafePathException(Path path, String why) {
    super(path.toString(), null, why);
  }
}
