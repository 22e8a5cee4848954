package io.loda.agent.source.script.user;

import io.loda.common.files.FileReason;
import io.loda.common.files.OwnFiles;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashMap;
import java.util.Iterator;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reserves user ids among the agents of this host, so that two never use the same: in a file that
 * only root opens, the agent locks the byte at the id's offset. The kernel releases the locks with
 * the process. A container has its own file, and mostly its own processes. Any thread; blocks
 * shortly.
 *
 * <p>A process loses its locks on a file when it closes any channel to it, so there is one channel
 * for all.
 */
final class IdClaims {

  private static final Logger LOG = LoggerFactory.getLogger(IdClaims.class);
  private static final Map<Path, IdClaims> ALL = new HashMap<>();

  private final Path file;
  private final Map<Long, Claim> claims = new HashMap<>();
  private boolean opened;
  private @Nullable FileChannel channel;

  private record Claim(Path owner, @Nullable FileLock lock) {}

  private IdClaims(Path file) {
    this.file = file;
  }

  static IdClaims ofHost() {
    return in(Path.of("/run/agent-plugin-ids.lock"));
  }

  static IdClaims in(Path file) {
    synchronized (ALL) {
      return ALL.computeIfAbsent(file, IdClaims::new);
    }
  }

  /**
   * Reserves an id, unless another owner has it.
   *
   * @param owner the file with the owner's ids; it may reserve its own again
   * @return whether the owner has it now
   */
  synchronized boolean take(long id, Path owner) {
    Claim claim = claims.get(id);
    if (claim != null) {
      return claim.owner().equals(owner);
    }
    try {
      FileChannel open = open();
      FileLock lock = open == null ? null : open.tryLock(id, 1, false);
      if (open != null && lock == null) {
        return false;
      }
      claims.put(id, new Claim(owner, lock));
      return true;
    } catch (OverlappingFileLockException e) {
      return false;
    } catch (IOException e) {
      LOG.warn("plugins: lock of user id {} in {} failed: {}", id, file, FileReason.of(e));
      claims.put(id, new Claim(owner, null));
      return true;
    }
  }

  private @Nullable FileChannel open() {
    if (!opened) {
      opened = true;
      try {
        channel = OwnFiles.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
      } catch (IOException e) {
        LOG.warn(
            "plugins: open of {} failed: {}; if other agents run on this host, give each its own"
                + " plugins.user-ids",
            file,
            FileReason.of(e));
      }
    }
    return channel;
  }

  /** Releases all ids of an owner. */
  synchronized void release(Path owner) {
    for (Iterator<Claim> all = claims.values().iterator(); all.hasNext(); ) {
      Claim claim = all.next();
      if (claim.owner().equals(owner)) {
        all.remove();
        try {
          if (claim.lock() != null) {
            claim.lock().release();
          }
        } catch (IOException e) {
          LOG.debug("{}: a lock stays until this process ends: {}", file, FileReason.of(e));
        }
      }
    }
  }
}
