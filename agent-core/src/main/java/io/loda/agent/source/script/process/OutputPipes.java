package io.loda.agent.source.script.process;

import io.loda.agent.source.script.system.Command;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The pipes for the output of runs. {@code mkfifo} creates some in advance. A pipe is reused when
 * no process of its run has it open, as ext4 gets slow at creating files when many were just
 * deleted; only for the same user, as a run may have passed it to a process that isn't its own. Any
 * thread; blocks shortly.
 *
 * <p>Why not {@link Process#getInputStream}: when a process ends, the JDK reads its pipe to the
 * end, under the stream's lock. A grandchild that goes on printing ({@code yes & exit}) makes that
 * last for ever and fill the memory. A named pipe can be closed at any time. A plugin of another
 * user can also open it as {@code /dev/stderr}, which it can't with the JDK's pipes.
 */
public final class OutputPipes implements AutoCloseable, PluginProcess.Pipes {

  private static final int MADE_AT_ONCE = 32;
  private static final Pattern NAME =
      Pattern.compile("(?<pid>\\d{1,18})\\.(?<token>[0-9a-f]+)\\.\\d+");

  private final Path folder;
  private final String token = Long.toHexString(ThreadLocalRandom.current().nextLong());
  private final Queue<Path> ready = new ConcurrentLinkedQueue<>();
  private final Map<Long, Queue<Path>> used = new ConcurrentHashMap<>();
  private final AtomicLong made = new AtomicLong();

  /**
   * Creates no pipe yet.
   *
   * @param folder only this agent's user can enter it
   */
  public OutputPipes(Path folder) {
    this.folder = folder;
  }

  /** Returns a pipe that isn't reused. */
  @Override
  public OutputPipe open() throws IOException {
    return new OutputPipe(fresh(), OutputPipes::delete);
  }

  /** Returns a pipe that only runs of this user have used. */
  public OutputPipe open(long uid) throws IOException {
    Queue<Path> own = used.computeIfAbsent(uid, unused -> new ConcurrentLinkedQueue<>());
    Path path = own.poll();
    return new OutputPipe(path != null && Files.exists(path) ? path : fresh(), own::add);
  }

  private Path fresh() throws IOException {
    Path path = ready.poll();
    return path != null && Files.exists(path) ? path : make();
  }

  /** Deletes a user's pipes, before the user id goes to another plugin. */
  public void forget(long uid) {
    Queue<Path> own = used.remove(uid);
    if (own != null) {
      own.forEach(OutputPipes::delete);
    }
  }

  private static void delete(Path path) {
    try {
      Files.deleteIfExists(path);
    } catch (IOException e) {
      // it isn't reused, and the next agent deletes it
    }
  }

  private Path make() throws IOException {
    if (made.get() == 0) {
      prepareFolder();
    }
    Files.createDirectories(folder);
    List<Path> paths = new ArrayList<>();
    for (int i = 0; i < MADE_AT_ONCE; i++) {
      paths.add(
          folder.resolve(
              ProcessHandle.current().pid() + "." + token + "." + made.incrementAndGet()));
    }
    // world-writable for the plugin's user; other users can't enter the folder
    List<String> command = new ArrayList<>(List.of("mkfifo", "-m", "622"));
    paths.forEach(path -> command.add(path.toString()));
    if (!Command.run(command)) {
      throw new IOException(
          folder
              + ": expected a folder where mkfifo can make a pipe; is there room, and can plugins.dir"
              + " be written?");
    }
    Path first = paths.remove(0);
    ready.addAll(paths);
    return first;
  }

  private void prepareFolder() throws IOException {
    Files.createDirectories(folder);
    Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwx------"));
    try (DirectoryStream<Path> files = Files.newDirectoryStream(folder)) {
      for (Path file : files) {
        if (isStale(file.getFileName().toString())) {
          Files.deleteIfExists(file);
        }
      }
    }
  }

  /**
   * Returns whether a killed agent left the pipe; in a container that agent may have had the same
   * pid.
   */
  private boolean isStale(String name) {
    Matcher matcher = NAME.matcher(name);
    if (!matcher.matches() || matcher.group("token").equals(token)) {
      return false;
    }
    long pid = Long.parseLong(matcher.group("pid"));
    return pid == ProcessHandle.current().pid() || ProcessHandle.of(pid).isEmpty();
  }

  /** Deletes the unused pipes. */
  @Override
  public void close() throws IOException {
    used.keySet().forEach(this::forget);
    for (Path path = ready.poll(); path != null; path = ready.poll()) {
      Files.deleteIfExists(path);
    }
  }
}
