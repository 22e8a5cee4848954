package io.loda.agent;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * The data folder, held by one agent. The system gives the lock back when the process ends, however
 * it ends; so a number that is left in a file means nothing without it.
 */
final class DataFolder implements AutoCloseable {

  private static final String LOCK = "agent.lock";

  private final Path pidFile;
  private final FileChannel channel;

  private DataFolder(Path pidFile, FileChannel channel) {
    this.pidFile = pidFile;
    this.channel = channel;
  }

  /**
   * Makes the folder where there is none, and takes it.
   *
   * @throws IOException when it can't be made, or another agent has it; says which
   */
  static DataFolder take(Path folder, Path pidFile) throws IOException {
    try {
      Files.createDirectories(folder);
    } catch (IOException e) {
      throw new IOException(
          "agent.data-dir: expected a folder that can be made and written, found " + e, e);
    }
    FileChannel channel;
    try {
      channel =
          FileChannel.open(
              folder.resolve(LOCK), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    } catch (IOException e) {
      throw new IOException("agent.data-dir: expected a folder that can be written, found " + e, e);
    }
    FileLock lock = tryLock(channel);
    if (lock == null) {
      channel.close();
      OptionalLong holder = holder(folder);
      throw new IOException(
          "agent.data-dir "
              + folder
              + " is in use by the agent with pid "
              + (holder.isPresent() ? Long.toString(holder.getAsLong()) : "unknown")
              + "; stop it (agent stop), or configure another folder");
    }
    byte[] pid = (ProcessHandle.current().pid() + "\n").getBytes(UTF_8);
    try {
      channel.truncate(0);
      channel.write(ByteBuffer.wrap(pid), 0);
      Files.createDirectories(pidFile.toAbsolutePath().getParent());
      Files.write(pidFile, pid);
    } catch (IOException e) {
      channel.close();
      throw new IOException("agent.pid-file: expected a file that can be written, found " + e, e);
    }
    return new DataFolder(pidFile, channel);
  }

  /** The agent that has the folder. */
  static OptionalLong holder(Path folder) throws IOException {
    Path file = folder.resolve(LOCK);
    if (!Files.exists(file)) {
      return OptionalLong.empty();
    }
    try (FileChannel channel =
        FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      FileLock lock = tryLock(channel);
      if (lock != null) {
        return OptionalLong.empty();
      }
      return OptionalLong.of(Long.parseLong(Files.readString(file).strip()));
    } catch (NumberFormatException e) {
      // it is being written this moment
      return OptionalLong.empty();
    }
  }

  private static @Nullable FileLock tryLock(FileChannel channel) throws IOException {
    try {
      return channel.tryLock();
    } catch (OverlappingFileLockException e) {
      return null;
    }
  }

  /** Removes the pid file and gives the folder back. */
  @Override
  public void close() throws IOException {
    Files.deleteIfExists(pidFile);
    channel.close();
  }
}
