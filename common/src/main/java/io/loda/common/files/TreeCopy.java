package io.loda.common.files;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;

/**
 * Copies a tree into a new folder that only this process's user can enter until its mode is
 * changed.
 */
final class TreeCopy implements TreeVisitor {

  /** Stands for everybody in place of a group. */
  static final int EVERYBODY = -1;

  private final Path target;
  private final Owners owners;
  private final int group;
  private long bytesLeft;

  /**
   * Copies nothing yet.
   *
   * @param group may read what is below the target, or {@link #EVERYBODY}
   */
  TreeCopy(Path target, Owners owners, int group, long maxBytes) {
    this.target = target;
    this.owners = owners;
    this.group = group;
    this.bytesLeft = maxBytes;
  }

  @Override
  public boolean folder(Path relative, Opened folder) throws IOException {
    Path copy = at(relative);
    Files.createDirectory(
        copy, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    if (!copy.equals(target)) {
      allow(copy, true);
    }
    return true;
  }

  @Override
  public void file(Path relative, Opened file) throws IOException {
    if (!owners.uids().contains(file.stat().uid())) {
      throw new FileSystemException(
          file.toString(),
          null,
          "belongs to the user with id " + file.stat().uid() + ", so it isn't copied; chown it");
    }
    Path copy = at(relative);
    bytesLeft -= file.copyTo(copy, bytesLeft);
    allow(copy, file.stat().anybodyMayRun());
  }

  @Override
  public void link(Path relative, FileStat link, Path pointsTo) throws IOException {
    Files.createSymbolicLink(at(relative), pointsTo);
  }

  private void allow(Path copy, boolean run) throws IOException {
    if (group != EVERYBODY) {
      Files.setAttribute(copy, "unix:gid", group);
    }
    String readers = run ? "r-x" : "r--";
    Files.setPosixFilePermissions(
        copy,
        PosixFilePermissions.fromString(
            (run ? "rwx" : "rw-") + readers + (group == EVERYBODY ? readers : "---")));
  }

  private Path at(Path relative) {
    // not as text: a name may be in any encoding
    return target.resolve(relative);
  }
}
