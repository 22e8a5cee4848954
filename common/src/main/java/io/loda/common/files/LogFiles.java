package io.loda.common.files;

import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * Which logs may be read: those below some folders, and what every user of the host may read; less
 * what the host's owner refuses. All of it is asked of what was opened. Any thread; blocks.
 */
public final class LogFiles {

  private final List<Path> roots;
  private final Path hostRoot;
  private final Rules rules;

  /** What the host's owner refuses. */
  public interface Rules {

    /**
     * Asked for each file that is opened, and for the names in a folder that is listed.
     *
     * @param real without links, as the host has it
     * @return why it isn't read; empty: it may be
     */
    Optional<String> refusal(Path real);
  }

  /**
   * Those below some folders.
   *
   * @param roots the folders, as the agent has them or as the host has them
   * @param hostRoot where the host's root file system is
   */
  public LogFiles(List<Path> roots, Path hostRoot, Rules rules) {
    this.roots = roots.stream().map(Path::normalize).toList();
    this.hostRoot = hostRoot;
    this.rules = rules;
  }

  /** The folders. */
  public List<Path> roots() {
    return roots;
  }

  /**
   * Opens a folder whose names are told; every user has to be able to list it, or it lies below.
   *
   * @throws UnsafePathException as {@link #check} does
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
   * Looks whether what is open may be read.
   *
   * @throws UnsafePathException when it isn't to be read; says which part of the way is to blame,
   *     and what to do
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
   * What holds for each file, wherever it lies: no hard link to what its folder's owner may not
   * read, and nothing that the host's owner refuses.
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

  /** Why the owner's rules forbid it. */
  public Optional<String> refusal(Path real) {
    return rules.refusal(
        real.startsWith(hostRoot) ? Path.of("/").resolve(hostRoot.relativize(real)) : real);
  }

  /** Whether one of the folders was passed on the way, whatever it is called. */
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
