package io.loda.common.files;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;

/** Describes why a file couldn't be used: an exception's message may be only a file name. */
public final class FileReason {

  private FileReason() {}

  /** Returns the reason as text for people; names the file if the exception does. */
  public static String of(Throwable e) {
    if (e instanceof FileSystemException failure && failure.getFile() != null) {
      // the target of a failed move: its source is the agent's own file beside the target
      String file = failure.getOtherFile() == null ? failure.getFile() : failure.getOtherFile();
      return file + reason(failure);
    }
    String message = e.getMessage();
    return e instanceof IOException && (message != null && message.contains(" "))
        ? message
        : e.toString();
  }

  private static String reason(FileSystemException e) {
    if (e instanceof NoSuchFileException) {
      return " isn't there";
    }
    if (e instanceof AccessDeniedException) {
      return " may not be used by the user " + System.getProperty("user.name");
    }
    if (e instanceof NotDirectoryException) {
      return " is no folder";
    }
    if (e instanceof FileAlreadyExistsException) {
      return " is there already";
    }
    return e.getReason() == null ? ": " + e.getClass().getSimpleName() : ": " + e.getReason();
  }
}
