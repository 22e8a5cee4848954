package io.loda.common.files;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.WRITE;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * A file that one process holds, with its pid and since when it runs. The system gives the lock
 * back when the process ends, however it ends; so a number that is left in a file means nothing
 * without it, nor a lock without the number: who can open a file can lock it.
 *
 * <p>Nobody else can open ours. One that others could open, as older agents left it, may be held
 * open by anybody, and locked at any time; so it is replaced, whoever holds it but an agent:
 *
 * <pre>
 *   lock it ── held by the process that it names ──────────────→ in use
 *      │  └─── held by somebody else, and others could open it ─→ replaced
 *    locked ── others could open it, or it was replaced meanwhile → replaced, or again
 *      └────── ours alone ─────────────────────────────────────→ taken
 * </pre>
 */
public final class PidLock implements Closeable {

  private static final int TRIES = 10;
  private static final int MOST_BYTES = 4096;
  private static final String INODE = "unix:ino";

  /**
   * The locks of this process, by inode. Such a file must not be opened again: the kernel releases
   * the lock when any descriptor of it is closed.
   */
  private static final Set<Object> HELD = ConcurrentHashMap.newKeySet();

  private final Path file;
  private final FileChannel channel;
  private final Object key;

  private PidLock(Path file, FileChannel channel, Object key) {
    this.file = file;
    this.channel = channel;
    this.key = key;
    HELD.add(key);
  }

  /** Another process has the lock. */
  public static final class InUseException extends IOException {

    private static final long serialVersionUID = 1L;

    private final long pid;

    private InUseException(Path file, OptionalLong holder) {
      super(file + " is locked by the process with pid " + pidText(holder));
      pid = holder.orElse(-1);
    }

    /** Returns the pid of the process that has it; {@code unknown} if that isn't known. */
    public String pid() {
      return pidText(pid < 0 ? OptionalLong.empty() : OptionalLong.of(pid));
    }

    private static String pidText(OptionalLong pid) {
      return pid.isPresent() ? Long.toString(pid.getAsLong()) : "unknown";
    }
  }

  /**
   * Takes the lock; creates the file if it is missing, but not its folder. Blocks shortly.
   *
   * @throws InUseException when another process has the lock
   */
  public static PidLock take(Path file) throws IOException {
    for (int i = 0; i < TRIES; i++) {
      if (!Files.exists(file)) {
        OwnFiles.createFile(file);
      }
      Object before = OwnFiles.key(file);
      if (HELD.contains(before)) {
        throw new InUseException(file, OptionalLong.of(ProcessHandle.current().pid()));
      }
      FileChannel channel = OwnFiles.open(file, WRITE);
      try {
        boolean locked = tryLock(channel);
        boolean ours = OwnFiles.isPrivate(file);
        if (!locked && (ours || holder(file).isPresent())) {
          throw new InUseException(file, holder(file));
        }
        // otherwise the file was replaced after it was opened, and the locked one has no name
        if (ours && before.equals(OwnFiles.key(file))) {
          write(channel);
          return new PidLock(file, channel, before);
        }
      } catch (IOException e) {
        channel.close();
        throw e;
      }
      channel.close();
      replace(file);
    }
    throw new InUseException(file, OptionalLong.empty());
  }

  /** Replaces the file by one that nobody has open; one process at a time. */
  private static void replace(Path file) throws IOException {
    String name = file.getFileName().toString();
    Path turn = file.resolveSibling((name.startsWith(".") ? "" : ".") + name + ".turn");
    try (FileChannel channel = OwnFiles.open(turn, CREATE, WRITE)) {
      channel.lock();
      if (OwnFiles.isPrivate(file)) {
        return;
      }
      OwnFiles.replace(file, "");
    }
  }

  private static void write(FileChannel channel) {
    long pid = ProcessHandle.current().pid();
    // a full disk can't be written, and the lock is what matters; so the length never changes
    String text = "%-20d %-20d\n".formatted(pid, Processes.startTicks(pid).orElse(0));
    try {
      channel.write(ByteBuffer.wrap(text.getBytes(UTF_8)), 0);
      channel.truncate(text.length());
    } catch (IOException e) {
      // then the holder is reported as unknown
    }
  }

  /**
   * Returns the process that has the lock: the one named in the file, if it has run since the time
   * in the file and the lock is its own. Blocks shortly.
   */
  public static OptionalLong holder(Path file) throws IOException {
    String[] said;
    try {
      if (HELD.contains(OwnFiles.key(file))) {
        return OptionalLong.of(ProcessHandle.current().pid());
      }
      said = SafeFiles.readString(file, MOST_BYTES).strip().split("\\s+", -1);
    } catch (NoSuchFileException e) {
      return OptionalLong.empty();
    }
    try {
      long pid = Long.parseLong(said[0]);
      boolean dated = said.length > 1;
      OptionalLong start = Processes.startTicks(pid);
      // an older agent saved no time: then only the lock decides
      boolean runs = start.isPresent() && (!dated || start.getAsLong() == Long.parseLong(said[1]));
      return runs && isLockedBy(pid, file, dated) ? OptionalLong.of(pid) : OptionalLong.empty();
    } catch (NumberFormatException e) {
      // it is just being written
      return OptionalLong.empty();
    }
  }

  private static boolean isLockedBy(long pid, Path file, boolean dated) throws IOException {
    try {
      return Processes.holdLock(pid, (Long) Files.getAttribute(file, INODE));
    } catch (NoSuchFileException e) {
      // this kernel lists no locks; nobody else can open a private file, so none can lock it
      if (!dated || !OwnFiles.isPrivate(file)) {
        return false;
      }
      try (FileChannel channel = FileChannel.open(file, READ, WRITE)) {
        return !tryLock(channel);
      }
    }
  }

  private static boolean tryLock(FileChannel channel) throws IOException {
    try {
      return channel.tryLock() != null;
    } catch (OverlappingFileLockException e) {
      return false;
    }
  }

  /**
   * Returns whether the file still has its name: otherwise another process may take the lock of the
   * new file.
   */
  public boolean isInPlace() {
    return OwnFiles.isAt(file, key);
  }

  /** Releases the lock. */
  @Override
  public void close() throws IOException {
    HELD.remove(key);
    channel.close();
  }
}
