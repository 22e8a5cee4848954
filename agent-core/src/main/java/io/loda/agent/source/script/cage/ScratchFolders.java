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
 * A folder for each plugin that its user can write, and that stays between runs. Checkouts are not
 * for that: they belong to root, and the next version has another one. Blocks shortly.
 */
public final class ScratchFolders {

  private static final String EMPTY = "chmod -R u+rwx \"$1\"; exec find \"$1\" -mindepth 1 -delete";

  private static final Duration LONGEST_EMPTYING = Duration.ofSeconds(20);

  private final Path folder;

  public ScratchFolders(Path folder) {
    this.folder = folder;
  }

  /** A plugin's, made when it isn't there; one that was another user's is handed over. */
  public Path of(String namespace, String project, PluginUser user) throws IOException {
    Path scratch = path(namespace, project);
    if (Files.isDirectory(scratch, LinkOption.NOFOLLOW_LINKS)) {
      handOver(scratch, user);
    } else {
      Path parent = Files.createDirectories(folder.resolve(namespace));
      // to be passed through, but not to be listed
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

  /** Where a plugin's is, or would be. */
  public Path path(String namespace, String project) {
    return folder.resolve(namespace).resolve(project);
  }

  /**
   * Its plugin ran as somebody else before. What that user has in it becomes the new one's; chown
   * goes part by part and follows no link, and what else is in there stays whose it is.
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
   * Deletes what is in one; takes 20 s at the most. As the plugins' user, so that nothing that it
   * left there can lead to what isn't its own.
   *
   * @return whether all of it went
   */
  public static boolean empty(Path scratch, PluginCommand command) {
    Command.run(command.asUser("sh", "-c", EMPTY, "sh", scratch.toString()), LONGEST_EMPTYING);
    try {
      // one would be one too many
      return SafeFiles.list(scratch, 1).isEmpty();
    } catch (IOException e) {
      return false;
    }
  }
}
