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
 * A file that one agent holds, with its pid in it. The system gives the lock back when the process
 * ends, however it ends; so a number that is left in a file means nothing without it.
 */
final class FolderLock implements AutoCloseable {

  private final FileChannel channel;

  private FolderLock(FileChannel channel) {
    this.channel = channel;
  }

  /** Another agent has it. */
  static final class InUse extends IOException {

    private static final long serialVersionUID = 1L;

    private InUse(String key, Path folder, OptionalLong holder) {
      super(
          key
              + " "
              + folder
              + " is in use by the agent with pid "
              + (holder.isPresent() ? Long.toString(holder.getAsLong()) : "unknown")
              + "; stop it (agent stop), or configure another folder");
    }
  }

  /**
   * Makes the folder where there is none, and takes it.
   *
   * @param key of the configuration, which says the folder
   * @param name the file's
   * @throws InUse when another agent has it; says which
   * @throws IOException when it can't be made or written
   */
  static FolderLock take(String key, Path folder, String name) throws IOException {
    Files.createDirectories(folder);
    Path file = folder.resolve(name);
    FileChannel channel =
        FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    try {
      if (tryLock(channel) == null) {
        throw new InUse(key, folder, holder(file));
      }
      channel.truncate(0);
      channel.write(ByteBuffer.wrap((ProcessHandle.current().pid() + "\n").getBytes(UTF_8)), 0);
      return new FolderLock(channel);
    } catch (IOException e) {
      channel.close();
      throw e;
    }
  }

  /** The agent that has it. */
  static OptionalLong holder(Path file) throws IOException {
    if (!Files.exists(file)) {
      return OptionalLong.empty();
    }
    try (FileChannel channel =
        FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      if (tryLock(channel) != null) {
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

  /** Gives it back. */
  @Override
  public void close() throws IOException {
    channel.close();
  }
}
