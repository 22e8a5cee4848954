package io.loda.agent.files;

import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;

/** The folders of this host below which plugins and their repositories may be. Any thread. */
public final class LocalRoots {

  private final List<Path> roots;

  public LocalRoots(List<Path> roots) {
    this.roots = List.copyOf(roots);
  }

  /**
   * Checks what was opened. Blocks shortly.
   *
   * @throws UnsafePathException when its way passes none of the folders; says what to do
   */
  public void check(Opened opened, Path path) throws IOException {
    for (Path root : roots) {
      try (Opened folder = SafeFiles.openFolder(root)) {
        if (opened.way().stream().anyMatch(step -> step.stat().sameFile(folder.stat()))) {
          return;
        }
      } catch (NoSuchFileException e) {
        // nothing is below it
      }
    }
    throw new UnsafePathException(
        path,
        "lies below none of "
            + roots
            + " (plugins.local-roots); move it there, or add its folder to that key");
  }

  /** As {@link #check(Opened, Path)}, by a path; what isn't there is nobody's danger. */
  public void check(Path path) throws IOException {
    try (Opened opened = SafeFiles.open(path)) {
      check(opened, path);
    } catch (NoSuchFileException e) {
      // who wants to have it says so
    }
  }
}
