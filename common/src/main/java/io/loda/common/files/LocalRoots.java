package io.loda.common.files;

import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** The folders of this host below which plugins and their repositories may be. Any thread. */
public final class LocalRoots {

  private final List<Path> roots;
  private final boolean publicOnly;

  public LocalRoots(List<Path> roots) {
    this(roots, false);
  }

  private LocalRoots(List<Path> roots, boolean publicOnly) {
    this.roots = List.copyOf(roots);
    this.publicOnly = publicOnly;
  }

  /**
   * These, for a process that is root and reads for others: what not every user of the host may
   * read is refused. Others have the rights of their own user anyway.
   */
  public LocalRoots publicOnlyForRoot() {
    return new LocalRoots(roots, Owners.ours().uids().size() == 1);
  }

  /**
   * Checks what was opened. Blocks shortly.
   *
   * @throws UnsafePathException when its way passes none of the folders; says what to do
   */
  public void check(Opened opened, Path path) throws IOException {
    Optional<String> hidden = publicOnly ? opened.hidden() : Optional.empty();
    if (hidden.isPresent()) {
      throw new UnsafePathException(
          path,
          "isn't read for a plugin, since not every user of the host may read it: "
              + hidden.get()
              + ". Let every user read it, or fetch it by ssh or https");
    }
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
