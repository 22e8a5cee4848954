package io.loda.common.files.allowed;

import io.loda.common.files.Opened;
import io.loda.common.files.Owners;
import io.loda.common.files.SafeFiles;
import io.loda.common.files.UnsafePathException;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** The folders of this host that plugins and their repositories must be in. Any thread. */
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
   * Returns the same folders, but a process that is root also refuses what not every user of the
   * host may read, as it reads for others. A process of another user has only that user's rights
   * anyway.
   */
  public LocalRoots publicOnlyForRoot() {
    return new LocalRoots(roots, Owners.ours().uids().size() == 1);
  }

  /**
   * Checks an opened file. Blocks shortly.
   *
   * @throws UnsafePathException if none of the folders is above it; says what to do
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
        // a missing folder contains nothing
      }
    }
    throw new UnsafePathException(
        path,
        "lies below none of "
            + roots
            + " (plugins.local-roots); move it there, or add its folder to that key");
  }

  /** Like {@link #check(Opened, Path)}, for a path; a missing file passes. */
  public void check(Path path) throws IOException {
    try (Opened opened = SafeFiles.open(path)) {
      check(opened, path);
    } catch (NoSuchFileException e) {
      // the caller reports it when it opens the file
    }
  }
}
