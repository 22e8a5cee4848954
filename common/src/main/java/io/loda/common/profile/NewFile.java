package io.loda.common.profile;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;

/**
 * A file that wasn't there before, which only this user reads: {@code cpu.pprof}, else {@code
 * cpu-2.pprof}.
 */
final class NewFile {

  private static final int MOST = 1_000;

  private NewFile() {}

  /** Writes a file that isn't there yet. */
  interface Writing {
    void to(Path path) throws IOException;
  }

  /**
   * Writes a file beside its place, and gives it the first free name.
   *
   * @param suffix of the name that is written to
   * @return the name
   */
  static Path write(Path wanted, String suffix, Writing writing) throws IOException {
    Path absolute = wanted.toAbsolutePath();
    Path folder = absolute.getParent();
    if (folder == null) {
      throw new IOException(wanted + " is no file");
    }
    // nobody else gets into it, whatever the umask
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

  /** A link is never made over what is there, as a move would be. */
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
        // the next one
      }
    }
    throw new IOException("there are " + MOST + " of " + wanted + "; delete some");
  }
}
