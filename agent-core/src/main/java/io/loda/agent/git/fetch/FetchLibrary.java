package io.loda.agent.git.fetch;

import io.loda.common.files.Opened;
import io.loda.common.files.OwnFiles;
import io.loda.common.files.Owners;
import io.loda.common.files.SafeFiles;
import io.loda.common.files.TreeBounds;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The classes of a child that runs as another user. They are copied if not every user can read the
 * agent's, as for an installation below a home folder. Any thread; blocks.
 */
public final class FetchLibrary {

  private static final TreeBounds BOUNDS = new TreeBounds(100, 100_000);
  private static final long MAX_BYTES = 1L << 30;

  private final FetchClasses classes;
  private final Path copies;
  private @Nullable FetchClasses readable;

  /**
   * Copies nothing yet.
   *
   * @param copies the folder for copies, created when needed
   */
  public FetchLibrary(FetchClasses classes, Path copies) {
    this.classes = classes;
    this.copies = copies;
  }

  /** Returns classes that every user can read; the first call may copy them. */
  public synchronized FetchClasses readable() throws IOException {
    if (readable == null) {
      requireJava();
      // an older or moved installation may have left it
      SafeFiles.deleteTree(copies);
      readable = isReadable() ? classes : copied();
    }
    return readable;
  }

  private static void requireJava() throws IOException {
    Path java = Path.of(System.getProperty("java.home"), "bin", "java");
    try (Opened opened = SafeFiles.open(java)) {
      Optional<String> hidden = opened.hidden();
      if (hidden.isPresent()) {
        throw new IOException(
            "can't be fetched: not every user can run "
                + java
                + ", so the user that fetches can't: "
                + hidden.get()
                + "; set JAVA_HOME to another Java");
      }
    }
  }

  private boolean isReadable() throws IOException {
    for (Path entry : entries()) {
      try (Opened opened = SafeFiles.open(entry)) {
        if (opened.hidden().isPresent()) {
          return false;
        }
      } catch (NoSuchFileException e) {
        // there is nothing to read
      }
    }
    return true;
  }

  private List<Path> entries() {
    return Stream.of(classes.classPath().split(File.pathSeparator, -1)).map(Path::of).toList();
  }

  private FetchClasses copied() throws IOException {
    OwnFiles.createFolders(copies);
    List<String> classPath = new ArrayList<>();
    for (Path entry : entries()) {
      Path copy = copies.resolve(classPath.size() + "-" + entry.getFileName());
      try (Opened opened = SafeFiles.open(entry)) {
        if (opened.stat().isFolder()) {
          Owners owner = new Owners(Set.of(opened.stat().uid()));
          SafeFiles.copyTree(entry, copy, owner, BOUNDS, MAX_BYTES);
          Files.setPosixFilePermissions(copy, PosixFilePermissions.fromString("rwxr-xr-x"));
        } else {
          opened.copyTo(copy, MAX_BYTES);
          Files.setPosixFilePermissions(copy, PosixFilePermissions.fromString("rw-r--r--"));
        }
        classPath.add(copy.toString());
      } catch (NoSuchFileException e) {
        // the JVM ignores it, too
      }
    }
    Files.setPosixFilePermissions(copies, PosixFilePermissions.fromString("rwxr-xr-x"));
    return new FetchClasses(String.join(File.pathSeparator, classPath), List.of());
  }
}
