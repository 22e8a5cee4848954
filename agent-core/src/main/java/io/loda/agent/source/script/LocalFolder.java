package io.loda.agent.source.script;

import io.loda.agent.source.script.cage.PluginEntry;
import io.loda.agent.source.script.user.Access;
import io.loda.agent.source.script.user.PluginUser;
import io.loda.common.files.FileReason;
import io.loda.common.files.Opened;
import io.loda.common.files.OwnFiles;
import io.loda.common.files.SafeFiles;
import io.loda.common.files.Trust;
import io.loda.common.files.allowed.LocalRoots;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The folder of a {@code path:} plugin. The plugin runs in place if its user can enter the folder;
 * otherwise (below {@code /root}, for example) a copy runs, which is renewed when the folder
 * changes.
 *
 * <p>The copy belongs to root and only the plugin's group can read it. Blocks: worker threads only,
 * one at a time.
 */
public final class LocalFolder {

  private static final Logger LOG = LoggerFactory.getLogger(LocalFolder.class);

  private final Path source;
  private final Path copy;
  private final Trust trust;
  private final Users users;
  private final LocalRoots roots;
  private final long maxBytes;
  private long copied;
  private boolean said;

  /** Returns the user that the plugin runs as; blocks shortly. */
  interface Users {
    PluginUser get() throws IOException;
  }

  LocalFolder(Path source, Path copy, Trust trust, Users users, List<Path> roots, long maxBytes) {
    this.source = source;
    this.copy = copy;
    this.trust = trust;
    this.users = users;
    this.roots = new LocalRoots(roots);
    this.maxBytes = maxBytes;
  }

  Path ready() throws IOException {
    roots.check(source);
    PluginUser user = users.get();
    Path program = PluginEntry.find(source);
    // check at each run: the owner or the modes may have changed
    try (Opened folder = SafeFiles.open(source);
        Opened entry = openEntry(folder, program)) {
      requireTrusted(folder);
      requireTrusted(entry);
      if (new Access(user).canRun(folder, entry)) {
        // the real path: the user may be unable to enter a folder above a link
        return folder.realPath();
      }
    }
    long fingerprint = PluginCopy.fingerprint(source, maxBytes);
    if (fingerprint != copied || !isOf(user, copy)) {
      copyAnew(user);
      copied = fingerprint;
    }
    if (!new Access(user).canRun(copy, PluginEntry.find(copy))) {
      throw new IOException(
          "the user "
              + user.name()
              + " can reach neither "
              + source
              + " nor "
              + copy
              + "; set agent.data-dir to a folder that it can enter");
    }
    return copy;
  }

  /** Opens the program; follows a link. */
  private static Opened openEntry(Opened folder, Path program) throws IOException {
    Opened entry = folder.child(program.getFileName());
    if (!entry.stat().isLink()) {
      return entry;
    }
    entry.close();
    return SafeFiles.open(program);
  }

  private void requireTrusted(Opened opened) throws IOException {
    Optional<String> problem = problem(source, opened, trust);
    if (problem.isPresent()) {
      throw new IOException(problem.get());
    }
  }

  private static Optional<String> problem(Path folder, Opened opened, Trust trust) {
    return trust
        .problem(opened)
        .map(
            why ->
                folder
                    + " isn't run, since others than the agent's owner can change it: "
                    + why
                    + ", or name its owner in plugins.path-owners");
  }

  /** Returns why the plugin of a folder wouldn't run; empty: it would. */
  public static Optional<String> problem(Path folder, Trust trust, List<Path> roots) {
    try {
      Path program = PluginEntry.find(folder);
      new LocalRoots(roots).check(folder);
      try (Opened opened = SafeFiles.open(program)) {
        return problem(folder, opened, trust);
      }
    } catch (IOException e) {
      return Optional.of(FileReason.of(e));
    }
  }

  /** Returns whether there is a copy for this user. */
  private static boolean isOf(PluginUser user, Path copy) {
    try {
      return Files.getAttribute(copy, "unix:gid", LinkOption.NOFOLLOW_LINKS)
          .equals(user.groups().get(0).intValue());
    } catch (IOException e) {
      return false;
    }
  }

  private void copyAnew(PluginUser user) throws IOException {
    Path namespace = Objects.requireNonNull(copy.getParent());
    Path next = copy.resolveSibling(copy.getFileName() + ".next");
    SafeFiles.deleteTree(next);
    if (namespace.getParent() != null) {
      OwnFiles.createPassable(namespace.getParent());
    }
    OwnFiles.createPassable(namespace);
    PluginCopy.make(source, next, user.groups().get(0).intValue(), maxBytes);
    SafeFiles.deleteTree(copy);
    Files.move(next, copy);
    if (!said) {
      said = true;
      LOG.info(
          "plugin {}: the user {} can't enter the folder, running a copy in {}",
          source,
          user.name(),
          copy);
    }
  }
}
