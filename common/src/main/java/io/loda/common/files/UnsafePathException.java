package io.loda.common.files;

import java.nio.file.FileSystemException;
import java.nio.file.Path;

/**
 * A path that isn't followed, as another user could make it lead anywhere; the message says why.
 */
public final class UnsafePathException extends FileSystemException {

  private static final long serialVersionUID = 1;

  public UnsafePathException(Path path, String why) {
    super(path.toString(), null, why);
  }
}
