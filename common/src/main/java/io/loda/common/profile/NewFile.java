package io.loda.common.profile;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;

/**
 * Writes a new file that only this user can read: {@code cpu.pprof}, or {@code cpu-2.pprof} if
 * there is one.
 */
final class NewFile {

  private static final int MOST = 1_000;

  private NewFile() {}

  /** Writes a file that doesn't exist yet. */
  interface Writing {
    void to(Path path) throws IOException;
  }

  /**
   * Writes a temporary file in the same folder, then gives it the first free name.
   *
   * @param suffix the suffix of the temporary file
   * @return the final name
   */
  static Path write(Path wanted, String suffix, Writing writing) throws IOException {
    Path absolute = wanted.toAbsolutePath();
    Path folder = absolute.getParent();
    if (folder == null) {
      throw new IOException(wanted + " is no file");
    }
    // no other user can enter the folder, whatever the umask
    Path aside =
        Files.createTempDirectory(
            folder,
            ".profile",
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    Path written = aside.resolve("profile" + suffix);
    try {
      writing.to(written);
      Files.setPosixFilePermissions(written, PosixFilePermissions.fromString("rw-------"));
      return link(absolute, written);
    } finally {
      Files.deleteIfExists(written);
      Files.deleteIfExists(aside);
    }
  }

  /** Gives the file its name by a hard link, which never replaces a file, as a move would. */
  private static Path link(Path wanted, Path written) throws IOException {
    String name = String.valueOf(wanted.getFileName());
    int dot = name.lastIndexOf('.') > 0 ? name.lastIndexOf('.') : name.length();
    for (int i = 1; i <= MOST; i++) {
      Path free =
          i == 1
              ? wanted
              : wanted.resolveSibling(name.substring(0, dot) + "-" + i + name.substring(dot));
      try {
        return Files.createLink(free, written);
      } catch (FileAlreadyExistsException e) {
        // try the next name
      }
    }
    throw new IOException("there are " + MOST + " of " + wanted + "; delete some");
  }
}
