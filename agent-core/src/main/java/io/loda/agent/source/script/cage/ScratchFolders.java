package io.loda.agent.source.script.cage;

import io.loda.agent.source.script.system.Command;
import io.loda.agent.source.script.user.PluginUser;
import io.loda.common.files.SafeFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;

/**
 * A folder for each plugin that its user can write to and that stays between runs. A checkout can't
 * serve as that: it belongs to root, and each version has another. Blocks shortly.
 */
public final class ScratchFolders {

  private static final String EMPTY = "chmod -R u+rwx \"$1\"; exec find \"$1\" -mindepth 1 -delete";

  private static final Duration LONGEST_EMPTYING = Duration.ofSeconds(20);

  private final Path folder;

  public ScratchFolders(Path folder) {
    this.folder = folder;
  }

  /** Returns the folder of a plugin; creates a missing one, and hands over one of another user. */
  public Path of(String namespace, String project, PluginUser user) throws IOException {
    Path scratch = path(namespace, project);
    if (Files.isDirectory(scratch, LinkOption.NOFOLLOW_LINKS)) {
      handOver(scratch, user);
    } else {
      Path parent = Files.createDirectories(folder.resolve(namespace));
      // can be entered but not listed
      Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwx--x--x"));
      Files.setPosixFilePermissions(parent, PosixFilePermissions.fromString("rwx--x--x"));
      Files.createDirectory(scratch);
      Files.setPosixFilePermissions(scratch, PosixFilePermissions.fromString("rwx------"));
      if (user.switched()) {
        Files.setAttribute(scratch, "unix:gid", user.groups().get(0).intValue());
        Files.setAttribute(scratch, "unix:uid", (int) user.uid());
      }
    }
    return scratch;
  }

  /** Returns the path of a plugin's folder, which may not exist. */
  public Path path(String namespace, String project) {
    return folder.resolve(namespace).resolve(project);
  }

  /**
   * Hands over a folder whose plugin ran as another user before. Only that user's files change
   * hands; chown goes level by level and follows no link.
   */
  private static void handOver(Path scratch, PluginUser user) throws IOException {
    long owner = PluginUser.ownerOf(scratch);
    if (!user.switched() || owner == user.uid()) {
      return;
    }
    String to = user.uid() + ":" + user.groups().get(0);
    if (!Command.run(
        List.of("chown", "-R", "-P", "-h", "--from=" + owner, to, "--", scratch.toString()),
        LONGEST_EMPTYING)) {
      throw new IOException(
          scratch
              + " belongs to the user with id "
              + owner
              + " and can't be handed over to "
              + user.name()
              + "; delete it, or do: chown -R "
              + to
              + " "
              + scratch);
    }
  }

  /**
   * Deletes all files in a folder, in at most 20 s; as the plugin's user, so that no link in it can
   * harm other users' files.
   *
   * @return whether all were deleted
   */
  public static boolean empty(Path scratch, RunCommand command) {
    Command.run(command.asUser("sh", "-c", EMPTY, "sh", scratch.toString()), LONGEST_EMPTYING);
    try {
      // at most one name is read: one is enough
      return SafeFiles.list(scratch, 1).isEmpty();
    } catch (IOException e) {
      return false;
    }
  }
}
