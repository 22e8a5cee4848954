package io.loda.agent.files;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;

/** Copies a tree into a new folder of ours, which only we can enter until somebody opens it. */
final class TreeCopy implements TreeVisitor {

  private static final String PROGRAM = "rwxr-xr-x";

  private final Path target;
  private final Owners owners;
  private long bytesLeft;

  TreeCopy(Path target, Owners owners, long maxBytes) {
    this.target = target;
    this.owners = owners;
    this.bytesLeft = maxBytes;
  }

  @Override
  public boolean folder(Path relative, Opened folder) throws IOException {
    Path copy = at(relative);
    Files.createDirectory(
        copy, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    if (!copy.equals(target)) {
      allow(copy, PROGRAM);
    }
    return true;
  }

  @Override
  public void file(Path relative, Opened file) throws IOException {
    if (!owners.uids().contains(file.stat().uid())) {
      throw new FileSystemException(
          file.toString(),
          null,
          "belongs to the user with id " + file.stat().uid() + ", so it isn't copied");
    }
    Path copy = at(relative);
    bytesLeft -= file.copyTo(copy, bytesLeft);
    allow(copy, file.stat().anybodyMayRun() ? PROGRAM : "rw-r--r--");
  }

  @Override
  public void link(Path relative, FileStat link, Path pointsTo) throws IOException {
    Files.createSymbolicLink(at(relative), pointsTo);
  }

  private static void allow(Path copy, String permissions) throws IOException {
    Files.setPosixFilePermissions(copy, PosixFilePermissions.fromString(permissions));
  }

  private Path at(Path relative) {
    // not by its text, which a name needn't have
    return target.resolve(relative);
  }
}
