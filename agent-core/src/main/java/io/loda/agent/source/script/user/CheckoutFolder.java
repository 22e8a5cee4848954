package io.loda.agent.source.script.user;

import io.loda.common.files.SafeFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;

/**
 * Gives a plugin, and nobody else, read access to its checkout. Access is set only on the folder of
 * all its versions; below it the modes are git's. Blocks shortly.
 */
public final class CheckoutFolder {

  private static final int MODE = 0777;
  private static final int GROUP_READS = 0750;
  private static final int OWNER_READS = 0700;

  private CheckoutFolder() {}

  /**
   * Returns the real path of the version in force, so that a switch doesn't change a current run.
   * Grants this user access, and nobody else.
   */
  public static Path version(Path checkout, PluginUser user) throws IOException {
    Path version;
    try {
      version = SafeFiles.realPath(checkout);
    } catch (NoSuchFileException e) {
      throw new IOException(
          checkout + ": expected the plugin's checkout, found none; /plugins/update fetches it", e);
    }
    Path versions = version.getParent();
    Path all = versions == null ? null : versions.getParent();
    give(versions != null && all != null && all.endsWith(".versions") ? versions : version, user);
    return version;
  }

  private static void give(Path door, PluginUser user) throws IOException {
    int mode = (Integer) Files.getAttribute(door, "unix:mode", LinkOption.NOFOLLOW_LINKS) & MODE;
    if (!user.switched()) {
      if (mode != OWNER_READS) {
        Files.setPosixFilePermissions(door, PosixFilePermissions.fromString("rwx------"));
      }
      return;
    }
    Integer group = user.groups().get(0).intValue();
    if (!group.equals(Files.getAttribute(door, "unix:gid", LinkOption.NOFOLLOW_LINKS))) {
      Files.setPosixFilePermissions(door, PosixFilePermissions.fromString("rwx------"));
      Files.setAttribute(door, "unix:gid", group);
      mode = OWNER_READS;
    }
    if (mode != GROUP_READS) {
      Files.setPosixFilePermissions(door, PosixFilePermissions.fromString("rwxr-x---"));
    }
  }
}
