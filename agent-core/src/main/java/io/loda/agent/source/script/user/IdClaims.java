package io.loda.agent.source.script.user;

import io.loda.agent.source.script.result.StartFailure;
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
 * Which agent of this host has which user ids for its plugins, so that two of them never give the
 * same one: a file that nobody but root opens, in which the byte at an id's number is locked by the
 * agent that has it. The kernel gives the locks up with the process. A container has a file of its
 * own, and mostly processes of its own. Any thread; blocks shortly.
 *
 * <p>A process' locks on a file go when it closes whatever channel to it, so there is one for all.
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

  /** Those of this host. */
  static IdClaims ofHost() {
    return in(Path.of("/run/agent-plugin-ids.lock"));
  }

  /** Those in this file. */
  static IdClaims in(Path file) {
    synchronized (ALL) {
      return ALL.computeIfAbsent(file, IdClaims::new);
    }
  }

  /**
   * Takes an id, unless another has it.
   *
   * @param owner the file where its ids are kept; what it has it may take again
   * @return whether it has it now
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
      LOG.warn("{}: can't lock the user id {}: {}", file, id, StartFailure.text(e));
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
            "{} can't be opened: {}; where other agents run on this host, give each its own"
                + " plugins.user-ids",
            file,
            StartFailure.text(e));
      }
    }
    return channel;
  }

  /** Gives back all that it has. */
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
          LOG.debug("{}: a lock stays until this process ends: {}", file, e.toString());
        }
      }
    }
  }
}
