package io.loda.server.store.dump;

import io.loda.common.files.FileReason;
import io.loda.common.files.FileStat;
import io.loda.common.files.Opened;
import io.loda.common.files.OwnFiles;
import io.loda.common.files.Owners;
import io.loda.common.files.PidLock;
import io.loda.common.files.SafeFiles;
import io.loda.common.files.Trust;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A real folder, which may be {@code /tmp}. It is opened once, and all files are opened, created
 * and renamed relative to it, without following links. At the start, files of other users with the
 * names of the dump are put aside before anything is read. If the system doesn't permit that (in a
 * sticky folder only root may), the start fails. From then on only this user and root can change
 * the files.
 */
final class DumpFolder implements Disk {

  private static final Logger LOG = LoggerFactory.getLogger(DumpFolder.class);
  private static final int PART_BYTES = 64 * 1024;
  private static final int TRIES = 3;
  private static final String REMEDY =
      "; take it away, or let --file-storage-path name another file";

  private final Opened folder;
  private final Clock clock;
  private @Nullable PidLock lock;

  private DumpFolder(Opened folder, Clock clock) {
    this.folder = folder;
    this.clock = clock;
  }

  /**
   * Opens the folder of the dump; creates it if there is none.
   *
   * @throws IOException when another server uses the dump, or another user could change it; the
   *     message says what to do
   */
  static DumpFolder take(Path dump, Clock clock) throws IOException {
    Path path = dump.toAbsolutePath().normalize();
    Path parent = path.getParent();
    if (parent == null) {
      throw new IOException("dump: expected a file, found " + path);
    }
    Names names = new Names(String.valueOf(path.getFileName()));
    try {
      requireSafe(path);
      OwnFiles.createFolders(parent);
      DumpFolder taken = new DumpFolder(SafeFiles.openFolder(parent), clock);
      try {
        taken.take(names);
        return taken;
      } catch (IOException e) {
        taken.close();
        throw e;
      }
    } catch (Refused e) {
      throw e;
    } catch (IOException e) {
      throw new Refused(
          "dump: expected a file that can be made and written, found: " + FileReason.of(e), e);
    }
  }

  /** The start fails, for the reason in the message. */
  private static final class Refused extends IOException {
    private static final long serialVersionUID = 1L;

    Refused(String message, @Nullable Throwable cause) {
      super(message, cause);
    }
  }

  /** Refuses a place where another user could put a link for root to follow. */
  private static void requireSafe(Path dump) throws IOException {
    Trust trust = Owners.ownUid() == 0 ? new Trust(Path.of("/")) : Trust.everybody();
    Optional<String> problem = trust.problemAbove(dump, true);
    if (problem.isPresent()) {
      throw new Refused(
          "dump: expected a place that only the server's user can change, found " + problem.get(),
          null);
    }
  }

  private void take(Names names) throws IOException {
    FileStat stat = folder.stat();
    if ((stat.mode() & 02) != 0 && !stat.isSticky()) {
      throw new Refused(
          "dump: "
              + folder
              + " may be written by everybody, so that anybody could change the dump; chmod o-w "
              + folder,
          null);
    }
    lock(names);
    claim(names.dump());
    claim(names.next());
    for (String journal : names.journals()) {
      claim(journal);
    }
    delete(names.next());
  }

  private void lock(Names names) throws IOException {
    String name = names.lock();
    // check the owner before opening it by its path: then no other user can replace it
    for (int i = 0; !claim(name); i++) {
      try {
        folder.create(Path.of(name)).close();
      } catch (FileAlreadyExistsException e) {
        if (i == TRIES) {
          throw e;
        }
      }
    }
    try {
      lock = PidLock.take(folder.realPath().resolve(name));
    } catch (PidLock.InUseException e) {
      throw new Refused(
          "dump: "
              + folder.realPath().resolve(names.dump())
              + " is in use by the server with pid "
              + e.pid()
              + "; stop that, or let --file-storage-path name another file",
          e);
    }
  }

  /** Puts a file of another user aside; returns whether there is a file of ours. */
  private boolean claim(String name) throws IOException {
    FileStat stat;
    try (Opened opened = folder.child(Path.of(name))) {
      stat = opened.stat();
    } catch (NoSuchFileException e) {
      return false;
    }
    Path path = folder.realPath().resolve(name);
    if (stat.uid() == Owners.ownUid()) {
      if (stat.isRegular()) {
        return true;
      }
      throw new Refused(
          "dump: " + path + " is " + stat.type() + "; expected a file" + REMEDY, null);
    }
    String whose = path + ", " + stat.type() + ", belongs to the user with id " + stat.uid();
    try {
      String kept = Names.putAside(this, name, Names.BAD, clock.instant());
      LOG.warn("dump: {}, and isn't read; it is kept as {}", whose, kept);
      return false;
    } catch (IOException e) {
      throw new Refused(
          "dump: " + whose + ", and can't be put aside (" + FileReason.of(e) + ")" + REMEDY, e);
    }
  }

  static boolean has(Opened folder, String name) throws IOException {
    try {
      folder.child(Path.of(name)).close();
      return true;
    } catch (NoSuchFileException e) {
      return false;
    }
  }

  @Override
  public boolean has(String name) throws IOException {
    return has(folder, name);
  }

  @Override
  public @Nullable InputStream read(String name) throws IOException {
    try (Opened opened = folder.child(Path.of(name))) {
      if (opened.stat().uid() != Owners.ownUid()) {
        throw new FileSystemException(opened.toString(), null, "belongs to another user");
      }
      return Channels.newInputStream(opened.read());
    } catch (NoSuchFileException e) {
      return null;
    }
  }

  @Override
  public Output create(String name) throws IOException {
    delete(name);
    FileChannel channel = folder.create(Path.of(name));
    return new Output() {
      @Override
      public void write(byte[] bytes, int length) throws IOException {
        // in parts: the JDK copies each write into a buffer of that size outside the heap, and
        // keeps it
        for (int from = 0; from < length; from += PART_BYTES) {
          ByteBuffer part = ByteBuffer.wrap(bytes, from, Math.min(PART_BYTES, length - from));
          while (part.hasRemaining()) {
            channel.write(part);
          }
        }
      }

      @Override
      public void force() throws IOException {
        channel.force(false);
      }

      @Override
      public void truncate(long bytes) throws IOException {
        channel.truncate(bytes);
        channel.position(bytes);
      }

      @Override
      public void close() throws IOException {
        channel.close();
      }
    };
  }

  @Override
  public void rename(String name, String newName) throws IOException {
    folder.rename(Path.of(name), Path.of(newName));
  }

  @Override
  public void delete(String name) throws IOException {
    try {
      folder.deleteFile(Path.of(name));
    } catch (NoSuchFileException e) {
      // there is none
    }
  }

  @Override
  public void forceNames() throws IOException {
    folder.forceNames();
  }

  @Override
  public void close() throws IOException {
    folder.close();
    if (lock != null) {
      lock.close();
    }
  }
}
