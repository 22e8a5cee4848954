package io.loda.agent.git.fetch;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.loda.common.files.FileReason;
import io.loda.common.files.Opened;
import io.loda.common.files.OwnFiles;
import io.loda.common.files.SafeFiles;
import io.loda.common.files.Step;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A folder for a child, with its own user if it has one. One thread; blocks shortly. */
final class Workplace implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(Workplace.class);
  private static final int LONGEST_OUTPUT = 16 * 1024;

  private final Path folder;
  private final Optional<FetchUser> user;
  private final Runnable givingBack;
  private final List<Path> outputs = new ArrayList<>();
  private boolean closed;

  Workplace(Path folder, Optional<FetchUser> user, Runnable givingBack) {
    this.folder = folder;
    this.user = user;
    this.givingBack = givingBack;
  }

  /** Ends processes and deletes files that a killed agent left, and creates the folder. */
  void prepare() throws IOException {
    end();
    SafeFiles.deleteTree(folder);
    OwnFiles.createFolders(folder);
    if (user.isPresent()) {
      requireWay(user.get());
      give(folder, user.get());
    }
  }

  private void requireWay(FetchUser own) throws IOException {
    try (Opened opened = SafeFiles.openFolder(folder)) {
      List<Step> way = opened.way();
      for (Step step : way.subList(0, way.size() - 1)) {
        if (!step.stat().everybodyMayEnter()) {
          throw new IOException(
              "can't be fetched: the user with id "
                  + own.id()
                  + ", which fetches, can't enter the folder "
                  + step.path()
                  + " on the way to "
                  + folder
                  + "; set agent.data-dir to a folder that it can enter, or do chmod o+x "
                  + step.path());
        }
      }
    }
  }

  Path folder() {
    return folder;
  }

  Optional<FetchUser> user() {
    return user;
  }

  /** Returns the command line that runs a program as the workplace's user. */
  List<String> command(List<String> program) {
    return user.isPresent() ? user.get().command().apply(program) : program;
  }

  /**
   * Creates a file beside the folder for the child's output. The child inherits it opened and can't
   * open it itself. Read it after the child's end. It isn't a pipe, which would have to be read as
   * long as any process has it open.
   */
  Path output(String name) throws IOException {
    Path file = folder.resolveSibling(folder.getFileName() + "." + name);
    OwnFiles.write(file, new byte[0]);
    outputs.add(file);
    return file;
  }

  /** Returns the beginning of such a file. */
  static String text(Path output) throws IOException {
    try (Opened opened = SafeFiles.openRegular(output)) {
      return new String(opened.head(LONGEST_OUTPUT), UTF_8);
    }
  }

  /** Creates a subfolder that only the child can use. */
  Path makeFolder(String name) throws IOException {
    Path made = OwnFiles.createFolders(folder.resolve(name));
    if (user.isPresent()) {
      give(made, user.get());
    }
    return made;
  }

  /** Writes a new file that only the child can read; call it before the child starts. */
  Path write(String name, byte[] content) throws IOException {
    Path file = folder.resolve(name);
    try (FileChannel channel =
        OwnFiles.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
      OwnFiles.writeAll(channel, content);
    }
    if (user.isPresent()) {
      give(file, user.get());
    }
    return file;
  }

  private static void give(Path path, FetchUser to) throws IOException {
    Files.setAttribute(path, "unix:gid", to.id(), LinkOption.NOFOLLOW_LINKS);
    Files.setAttribute(path, "unix:uid", to.id(), LinkOption.NOFOLLOW_LINKS);
  }

  /** Ends all processes that the child left, so that nothing here changes any more. */
  void end() throws IOException {
    String left = user.map(own -> own.end().get()).orElse("");
    if (!left.isEmpty()) {
      throw new IOException(
          "isn't fetched: processes of an earlier fetch can't be ended: "
              + left
              + "; end them by hand");
    }
  }

  /** Ends remaining processes and deletes the files; idempotent. */
  @Override
  public void close() {
    if (closed) {
      return;
    }
    closed = true;
    try {
      end();
      SafeFiles.deleteTree(folder);
      for (Path output : outputs) {
        Files.deleteIfExists(output);
      }
    } catch (IOException e) {
      // the next use retries it first
      LOG.warn(
          "git: clean-up of {} failed, retrying before its next use: {}", folder, FileReason.of(e));
    } finally {
      givingBack.run();
    }
  }
}
