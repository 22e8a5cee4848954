package io.loda.common.files.allowed;

import io.loda.common.files.FileStat;
import io.loda.common.files.Opened;
import io.loda.common.files.Owners;
import io.loda.common.files.SafeFiles;
import io.loda.common.files.UnsafePathException;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/**
 * Decides which logs may be read: those below some folders, and those that every user of the host
 * may read, except what the host's owner refuses. Checks the opened file, not its path. Any thread;
 * blocks.
 */
public final class LogFiles {

  private final List<Path> roots;
  private final Path hostRoot;
  private final Function<Path, Optional<String>> rules;

  /**
   * Allows the files below some folders.
   *
   * @param roots the folders, as the agent sees them or as the host does
   * @param hostRoot where the host's root file system is
   * @param rules returns why the host's owner refuses a path without links, as the host has it
   */
  public LogFiles(List<Path> roots, Path hostRoot, Function<Path, Optional<String>> rules) {
    this.roots = roots.stream().map(Path::normalize).toList();
    this.hostRoot = hostRoot;
    this.rules = rules;
  }

  public List<Path> roots() {
    return roots;
  }

  /**
   * Opens a folder to list it; every user must be able to list it, or it must be below the roots.
   *
   * @throws UnsafePathException like {@link #check}
   */
  public Opened openFolder(Path path) throws IOException {
    Opened opened = SafeFiles.openFolder(path);
    try {
      check(opened, path);
      return opened;
    } catch (IOException | RuntimeException e) {
      opened.close();
      throw e;
    }
  }

  /**
   * Checks that an opened file may be read.
   *
   * @throws UnsafePathException if not; says which part of the path is the reason, and what to do
   */
  public void check(Opened opened, Path path) throws IOException {
    if (!isBelowRoots(opened)) {
      Optional<String> hidden = opened.hidden();
      if (hidden.isPresent()) {
        throw new UnsafePathException(
            path,
            "isn't read: it lies below none of "
                + roots
                + " (http.log-roots), and not every user of the host may read it: "
                + hidden.get()
                + ". Add its folder to http.log-roots, or let every user read it");
      }
    }
    checkOther(opened, path);
  }

  /**
   * Checks what holds for each file, wherever it is: it is no hard link to a file that its folder's
   * owner may not read, and the host's owner doesn't refuse it.
   */
  public void checkOther(Opened opened, Path path) throws IOException {
    if (isBorrowed(opened)) {
      throw new UnsafePathException(
          path,
          "isn't read: it has "
              + opened.stat().links()
              + " names, and the owner of its folder may have linked it from elsewhere");
    }
    Optional<String> refusal = refusal(opened.realPath());
    if (refusal.isPresent()) {
      throw new UnsafePathException(path, refusal.get());
    }
  }

  /** Returns why the host's owner refuses it; empty: it may be read. */
  public Optional<String> refusal(Path real) {
    return rules.apply(
        real.startsWith(hostRoot) ? Path.of("/").resolve(hostRoot.relativize(real)) : real);
  }

  /** Returns whether the path passed one of the folders, under whatever name. */
  public boolean isBelowRoots(Opened opened) throws IOException {
    for (Path root : roots) {
      if (passed(opened, root) || (isElsewhere() && passed(opened, ofHost(root)))) {
        return true;
      }
    }
    return false;
  }

  private boolean isElsewhere() {
    return !hostRoot.equals(Path.of("/"));
  }

  private Path ofHost(Path root) {
    return hostRoot.resolve(Path.of("/").relativize(root.toAbsolutePath()));
  }

  private static boolean passed(Opened opened, Path root) throws IOException {
    try (Opened folder = SafeFiles.open(root)) {
      return folder.stat().isFolder()
          && opened.way().stream().anyMatch(step -> step.stat().sameFile(folder.stat()));
    } catch (NoSuchFileException | UnsafePathException e) {
      return false;
    }
  }

  private static boolean isBorrowed(Opened opened) {
    FileStat file = opened.stat();
    if (!file.isRegular() || file.links() < 2 || file.everybodyMayRead()) {
      return false;
    }
    FileStat folder = opened.way().get(opened.way().size() - 2).stat();
    boolean ownersAlone = folder.uid() == file.uid() || Owners.ours().uids().contains(folder.uid());
    return !ownersAlone || folder.othersMayWrite();
  }
}
