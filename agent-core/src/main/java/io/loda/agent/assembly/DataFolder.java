package io.loda.agent.assembly;

import io.loda.common.files.FileReason;
import io.loda.common.files.OwnFiles;
import io.loda.common.files.PidLock;
import io.loda.common.files.Trust;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The data folder and the plugins' folder, which may be elsewhere. One agent holds both. Other
 * users can pass through them, as plugins do to reach their checkouts, but can't read the agent's
 * files.
 */
public final class DataFolder implements AutoCloseable {

  private static final String LOCK = "agent.lock";

  /** The folders in it that only the agent may read. */
  private static final List<String> OWN = List.of("registry", "spool", "refused", "state");

  private static final Logger LOG = LoggerFactory.getLogger(DataFolder.class);
  private static final String LOGS = "agent.{log,err}*";
  private static final List<String> OWN_OF_PLUGINS = List.of("plugin.disabled", ".removed");

  private final Path pidFile;
  private final PidLock lock;
  private final @Nullable PidLock pluginsLock;

  private DataFolder(Path pidFile, PidLock lock, @Nullable PidLock pluginsLock) {
    this.pidFile = pidFile;
    this.lock = lock;
    this.pluginsLock = pluginsLock;
  }

  /**
   * Makes the folders if they don't exist, and locks them.
   *
   * @param plugins the plugins' folder: a second agent there would end the first one's runs
   * @param trust the owners whose folders are accepted
   * @throws IOException when a folder can't be made, others could change it, or another agent holds
   *     it; names the folder
   */
  public static DataFolder take(Path folder, Path pidFile, Path plugins, Trust trust)
      throws IOException {
    PidLock lock;
    try {
      make(trust, "agent.data-dir", folder);
      lock = lock("agent.data-dir", folder, LOCK);
    } catch (InUse | NotOurs e) {
      throw e;
    } catch (IOException e) {
      throw new IOException(
          "agent.data-dir: expected a folder that can be made and written, found: "
              + FileReason.of(e),
          e);
    }
    PidLock pluginsLock = null;
    try {
      pluginsLock = takePlugins(plugins, trust);
      write(pidFile);
      mend(folder);
      if (pluginsLock != null) {
        mendPlugins(plugins);
      }
    } catch (IOException e) {
      close(pluginsLock);
      lock.close();
      throw e;
    }
    return new DataFolder(pidFile, lock, pluginsLock);
  }

  /** Makes a folder if it doesn't exist; refuses one that others could change. */
  public static void make(Trust trust, String key, Path folder) throws IOException {
    require(key, trust.problemOfOurs(folder));
    OwnFiles.createPassable(folder);
    // somebody may have made it first, if everybody may write to its parent
    require(key, trust.problem(folder));
  }

  private static void require(String key, Optional<String> problem) throws IOException {
    if (problem.isPresent()) {
      throw new NotOurs(key, problem.get());
    }
  }

  /** Others could change the folder. */
  public static final class NotOurs extends IOException {

    private static final long serialVersionUID = 1L;

    private NotOurs(String key, String problem) {
      super(key + ": expected a folder that only the agent's user can change, found " + problem);
    }
  }

  /** Another agent holds the folder. */
  static final class InUse extends IOException {

    private static final long serialVersionUID = 1L;

    private InUse(String key, Path folder, String holder) {
      super(inUse(key, folder, holder));
    }
  }

  public static String inUse(String key, Path folder, String holder) {
    return key
        + " "
        + folder
        + " is in use by the agent with pid "
        + holder
        + "; stop it (agent stop), or configure another folder";
  }

  private static PidLock lock(String key, Path folder, String name) throws IOException {
    try {
      return PidLock.take(folder.resolve(name));
    } catch (PidLock.InUseException e) {
      throw new InUse(key, folder, e.pid());
    }
  }

  private static @Nullable PidLock takePlugins(Path plugins, Trust trust) throws IOException {
    try {
      make(trust, "plugins.dir", plugins);
      return lock("plugins.dir", plugins, PluginsFolder.LOCK);
    } catch (InUse | NotOurs e) {
      throw e;
    } catch (IOException e) {
      // no agent can lock it then: each plugin reports that, and the other measurements go on
      return null;
    }
  }

  /**
   * Makes files private that older agents left readable for all. It leaves the checkouts to the
   * code that manages them, and doesn't touch foreign files in a shared folder.
   */
  private static void mend(Path folder) throws IOException {
    for (String name : OWN) {
      OwnFiles.mend(folder.resolve(name));
    }
    try (DirectoryStream<Path> logs = Files.newDirectoryStream(folder, LOGS)) {
      for (Path log : logs) {
        OwnFiles.mend(log);
      }
    }
  }

  private static void mendPlugins(Path plugins) throws IOException {
    for (String name : OWN_OF_PLUGINS) {
      OwnFiles.mend(plugins.resolve(name));
    }
  }

  private static void write(Path pidFile) throws IOException {
    try {
      Files.createDirectories(pidFile.toAbsolutePath().getParent());
      OwnFiles.replace(pidFile, ProcessHandle.current().pid() + "\n");
    } catch (IOException e) {
      if (isFull(e)) {
        LOG.warn(
            "agent.pid-file: write of {} failed: {}; the agent starts all the same, make room",
            pidFile,
            FileReason.of(e));
        return;
      }
      throw new IOException(
          "agent.pid-file: expected a file that can be written, found: " + FileReason.of(e), e);
    }
  }

  /** A full disk keeps nobody from collecting. Java has no other sign of it than the text. */
  private static boolean isFull(IOException e) {
    String message = String.valueOf(e.getMessage());
    return message.contains("No space left on device") || message.contains("Disk quota exceeded");
  }

  /** Returns the pid of the agent that holds the folder. */
  public static OptionalLong holder(Path folder) throws IOException {
    return PidLock.holder(folder.resolve(LOCK));
  }

  private static void close(@Nullable PidLock lock) throws IOException {
    if (lock != null) {
      lock.close();
    }
  }

  /** Removes the pid file and unlocks the folders. */
  @Override
  public void close() throws IOException {
    Files.deleteIfExists(pidFile);
    close(pluginsLock);
    lock.close();
  }
}
