package io.loda.agent.source.script;

import io.loda.agent.files.Trust;
import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The folder of a {@code path:} plugin. Run in place where the plugins' user can get there (not,
 * for one, below {@code /root}); else a copy is run, made anew whenever the folder changed.
 *
 * <p>The copy belongs to root and can be read by the plugins' group only. Blocks: worker threads
 * only, one at a time.
 */
final class LocalFolder {

  private static final Logger LOG = LoggerFactory.getLogger(LocalFolder.class);
  private static final int MAX_FILES = 5_000;

  private final Path source;
  private final Path copy;
  private final Trust trust;
  private final PluginUser user;
  private final long maxBytes;
  private long copied;
  private boolean said;

  LocalFolder(Path source, Path copy, Trust trust, PluginUser user, long maxBytes) {
    this.source = source;
    this.copy = copy;
    this.trust = trust;
    this.user = user;
    this.maxBytes = maxBytes;
  }

  /** The folder to run in. */
  Path ready() throws IOException {
    Path program = PluginEntry.find(source);
    // each time: by now they may be somebody else's
    requireTrusted(source);
    requireTrusted(program);
    if (new Access(user).canRun(source, program)) {
      // the links that lead there may begin in a folder that its user can't enter
      return source.toRealPath();
    }
    long fingerprint = fingerprint();
    if (fingerprint != copied || !Files.isDirectory(copy)) {
      copyAnew();
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

  private void requireTrusted(Path path) throws IOException {
    Optional<String> problem = trust.problem(path);
    if (problem.isPresent()) {
      throw new IOException(
          source
              + " isn't run, since others than the agent's owner can change it: "
              + problem.get()
              + ", or name its owner in plugins.path-owners");
    }
  }

  /**
   * Of names, numbers, sizes, modes and times of change; fails for a folder that is no plugin's.
   */
  private long fingerprint() throws IOException {
    AtomicLong hash = new AtomicLong(1);
    AtomicLong bytes = new AtomicLong();
    AtomicLong files = new AtomicLong();
    Files.walkFileTree(
        source,
        new Visitor() {
          @Override
          void folder(Path relative) {
            // a folder's own time changes with its files
          }

          @Override
          void file(Path file, Path relative, BasicFileAttributes attributes) throws IOException {
            long one =
                Files.readAttributes(file, "unix:ino,size,mode,ctime", LinkOption.NOFOLLOW_LINKS)
                        .hashCode()
                    + 31L * relative.toString().hashCode();
            // the order of files in a folder isn't promised
            hash.addAndGet(one * 0x9E3779B97F4A7C15L);
            if (bytes.addAndGet(attributes.size()) > maxBytes
                || files.incrementAndGet() > MAX_FILES) {
              throw new IOException(
                  source
                      + ": expected a plugin of at most "
                      + maxBytes
                      + " bytes (plugins.max-repository) and "
                      + MAX_FILES
                      + " files, found more");
            }
          }
        });
    return hash.get();
  }

  private void copyAnew() throws IOException {
    Path next = copy.resolveSibling(copy.getFileName() + ".next");
    delete(next);
    Files.createDirectories(next);
    own(next, "rwxr-x---");
    Files.walkFileTree(
        source,
        new Visitor() {
          @Override
          void folder(Path relative) throws IOException {
            Path target = Files.createDirectories(next.resolve(relative.toString()));
            own(target, "rwxr-x---");
          }

          @Override
          void file(Path file, Path relative, BasicFileAttributes attributes) throws IOException {
            Path target = next.resolve(relative.toString());
            if (attributes.isSymbolicLink()) {
              Path pointsTo = inside(file, Files.readSymbolicLink(file));
              Files.createSymbolicLink(/* link= */ target, /* target= */ pointsTo);
            } else if (attributes.isRegularFile()) {
              Files.copy(file, target);
              own(target, executable(file) ? "rwxr-x---" : "rw-r-----");
            }
          }
        });
    delete(copy);
    Files.move(next, copy);
    if (!said) {
      said = true;
      LOG.info(
          "plugin {}: the user {} can't get there, so a copy is run in {}",
          source,
          user.name(),
          copy);
    }
  }

  /** A link to a file of the plugin's by its whole path has to lead to the copy's. */
  private Path inside(Path link, Path pointsTo) {
    return pointsTo.isAbsolute() && pointsTo.startsWith(source)
        ? Objects.requireNonNull(link.getParent()).relativize(pointsTo)
        : pointsTo;
  }

  private static boolean executable(Path file) throws IOException {
    return Files.getPosixFilePermissions(file).stream()
        .anyMatch(permission -> permission.name().endsWith("_EXECUTE"));
  }

  private void own(Path path, String permissions) throws IOException {
    Files.setAttribute(path, "unix:gid", user.groups().get(0).intValue());
    Files.setPosixFilePermissions(path, PosixFilePermissions.fromString(permissions));
  }

  private static void delete(Path folder) throws IOException {
    if (Files.exists(folder, LinkOption.NOFOLLOW_LINKS)) {
      try (var all = Files.walk(folder)) {
        for (Path path : all.sorted(java.util.Comparator.reverseOrder()).toList()) {
          Files.delete(path);
        }
      }
    }
  }

  /** Visits all of the source but git's own folder. */
  private abstract class Visitor extends SimpleFileVisitor<Path> {

    abstract void folder(Path relative) throws IOException;

    abstract void file(Path file, Path relative, BasicFileAttributes attributes) throws IOException;

    @Override
    public FileVisitResult preVisitDirectory(Path folder, BasicFileAttributes attributes)
        throws IOException {
      if (folder.getFileName().toString().equals(".git")) {
        return FileVisitResult.SKIP_SUBTREE;
      }
      folder(source.relativize(folder));
      return FileVisitResult.CONTINUE;
    }

    @Override
    public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
      file(file, source.relativize(file), attributes);
      return FileVisitResult.CONTINUE;
    }
  }
}
