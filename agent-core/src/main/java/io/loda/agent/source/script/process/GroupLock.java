package io.loda.agent.source.script.process;

import java.io.Closeable;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;

/**
 * A lock that shows that the agent with these control groups is alive. The kernel releases it with
 * the process, and it is visible in every PID namespace, unlike a pid. It is on a file that nobody
 * reads, since a process that closes a file loses its locks on it.
 *
 * <p>Two containers may share a folder of control groups and no PID namespace: without the lock
 * each would take the other's groups for those of a killed agent, and end its runs.
 */
final class GroupLock implements Closeable {

  private static final String FILE = "cgroup.max.descendants";

  private final FileChannel channel;

  private GroupLock(FileChannel channel) {
    this.channel = channel;
  }

  /** Takes the lock; returns null if another agent has it. */
  static @Nullable GroupLock take(Path folder) throws IOException {
    FileChannel channel =
        FileChannel.open(folder.resolve(FILE), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    try {
      FileLock lock = channel.tryLock();
      if (lock != null) {
        return new GroupLock(channel);
      }
    } catch (OverlappingFileLockException e) {
      // this process has the lock
    } catch (IOException e) {
      channel.close();
      throw e;
    }
    channel.close();
    return null;
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
