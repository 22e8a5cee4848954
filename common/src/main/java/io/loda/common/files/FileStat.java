package io.loda.common.files;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.Map;
import java.util.Objects;

/**
 * The attributes of an opened file.
 *
 * @param mode type and permissions, as in {@code stat}
 * @param links the number of its names
 * @param size in bytes
 * @param changed the last change of its content or attributes
 */
public record FileStat(
    int mode,
    int uid,
    int gid,
    long device,
    long inode,
    int links,
    long size,
    FileTime modified,
    FileTime changed) {

  private static final int TYPE = 0170000;
  private static final int REGULAR = 0100000;
  private static final int FOLDER = 0040000;
  private static final int LINK = 0120000;

  /** Reads the attributes of a descriptor. */
  static FileStat of(int descriptor) throws IOException {
    Map<String, Object> all =
        Files.readAttributes(
            Path.of("/proc/self/fd/" + descriptor),
            "unix:mode,uid,gid,dev,ino,nlink,size,lastModifiedTime,ctime");
    return new FileStat(
        (int) number(all, "mode"),
        (int) number(all, "uid"),
        (int) number(all, "gid"),
        number(all, "dev"),
        number(all, "ino"),
        (int) number(all, "nlink"),
        number(all, "size"),
        time(all, "lastModifiedTime"),
        time(all, "ctime"));
  }

  private static long number(Map<String, Object> all, String name) {
    return ((Number) Objects.requireNonNull(all.get(name))).longValue();
  }

  private static FileTime time(Map<String, Object> all, String name) {
    return (FileTime) Objects.requireNonNull(all.get(name));
  }

  public boolean isRegular() {
    return (mode & TYPE) == REGULAR;
  }

  public boolean isFolder() {
    return (mode & TYPE) == FOLDER;
  }

  public boolean isLink() {
    return (mode & TYPE) == LINK;
  }

  public boolean isSticky() {
    return (mode & 01000) != 0;
  }

  /**
   * Returns whether its group or everybody may write it. An ACL entry of another user shows in the
   * group's bits.
   */
  public boolean othersMayWrite() {
    return (mode & 022) != 0;
  }

  public boolean everybodyMayRead() {
    return (mode & 04) != 0;
  }

  /** Returns whether everybody may enter a folder, or run a file. */
  public boolean everybodyMayEnter() {
    return (mode & 01) != 0;
  }

  public boolean anybodyMayRun() {
    return (mode & 0111) != 0;
  }

  public boolean sameFile(FileStat other) {
    return device == other.device && inode == other.inode;
  }

  /** Returns its type for messages: "a named pipe". */
  public String type() {
    return switch (mode & TYPE) {
      case REGULAR -> "a regular file";
      case FOLDER -> "a folder";
      case LINK -> "a symbolic link";
      case 0010000 -> "a named pipe";
      case 0020000, 0060000 -> "a device";
      case 0140000 -> "a socket";
      default -> "something else";
    };
  }
}
