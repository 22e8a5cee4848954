package io.loda.agent;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/** The data folder and that of the plugins, which may be elsewhere; held by one agent. */
final class DataFolder implements AutoCloseable {

  private static final String LOCK = "agent.lock";

  /** Begins with a dot, as nothing does there that is a namespace's. */
  private static final String PLUGINS_LOCK = ".agent.lock";

  private final Path pidFile;
  private final FolderLock lock;
  private final @Nullable FolderLock pluginsLock;

  private DataFolder(Path pidFile, FolderLock lock, @Nullable FolderLock pluginsLock) {
    this.pidFile = pidFile;
    this.lock = lock;
    this.pluginsLock = pluginsLock;
  }

  /**
   * Makes the folders where there are none, and takes them.
   *
   * @param plugins the plugins' folder: a second agent there would end the first one's runs
   * @throws IOException when the data folder can't be made, or another agent has one of them; says
   *     which
   */
  static DataFolder take(Path folder, Path pidFile, Path plugins) throws IOException {
    FolderLock lock;
    try {
      lock = FolderLock.take("agent.data-dir", folder, LOCK);
    } catch (FolderLock.InUse e) {
      throw e;
    } catch (IOException e) {
      throw new IOException(
          "agent.data-dir: expected a folder that can be made and written, found " + e, e);
    }
    FolderLock pluginsLock = null;
    try {
      pluginsLock = takePlugins(plugins);
      write(pidFile);
    } catch (IOException e) {
      close(pluginsLock);
      lock.close();
      throw e;
    }
    return new DataFolder(pidFile, lock, pluginsLock);
  }

  private static @Nullable FolderLock takePlugins(Path plugins) throws IOException {
    try {
      return FolderLock.take("plugins.dir", plugins, PLUGINS_LOCK);
    } catch (FolderLock.InUse e) {
      throw e;
    } catch (IOException e) {
      // no agent can use it then: each plugin says so, and what is no plugin is measured
      return null;
    }
  }

  private static void write(Path pidFile) throws IOException {
    try {
      Files.createDirectories(pidFile.toAbsolutePath().getParent());
      Files.write(pidFile, (ProcessHandle.current().pid() + "\n").getBytes(UTF_8));
    } catch (IOException e) {
      throw new IOException("agent.pid-file: expected a file that can be written, found " + e, e);
    }
  }

  /** The agent that has the folder. */
  static OptionalLong holder(Path folder) throws IOException {
    return FolderLock.holder(folder.resolve(LOCK));
  }

  private static void close(@Nullable FolderLock lock) throws IOException {
    if (lock != null) {
      lock.close();
    }
  }

  /** Removes the pid file and gives the folders back. */
  @Override
  public void close() throws IOException {
    Files.deleteIfExists(pidFile);
    close(pluginsLock);
    lock.close();
  }
}
