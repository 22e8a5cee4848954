package io.loda.common.files;

import java.net.UnknownHostException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;

/**
 * Describes a failure for people: what a file exception says may be only the file's name, and
 * {@code toString()} begins with the name of a class, which only a developer knows.
 */
public final class FileReason {

  private FileReason() {}

  /**
   * Returns the reason as text for people; names the file if the exception does. The class is named
   * only if there is no sentence to show: for an error of the JVM, and for a message of one word.
   */
  public static String of(Throwable e) {
    if (e instanceof FileSystemException failure && failure.getFile() != null) {
      // the target of a failed move: its source is the agent's own file beside the target
      String file = failure.getOtherFile() == null ? failure.getFile() : failure.getOtherFile();
      return file + reason(failure);
    }
    String message = e.getMessage();
    Throwable cause = e.getCause();
    if (cause != null && cause.toString().equals(message)) {
      return of(cause); // an exception that only wraps another one takes its text
    }
    if (e instanceof UnknownHostException) {
      return message == null ? "unknown host" : "unknown host: " + message;
    }
    return !(e instanceof Error) && message != null && message.contains(" ")
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
    if (e instanceof DirectoryNotEmptyException) {
      return " isn't empty";
    }
    return e.getReason() == null ? ": " + e.getClass().getSimpleName() : ": " + e.getReason();
  }
}
