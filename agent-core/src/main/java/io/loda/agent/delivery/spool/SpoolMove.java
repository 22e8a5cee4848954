package io.loda.agent.delivery.spool;

import io.loda.agent.config.AgentConfig;
import io.loda.common.files.FileReason;
import io.loda.common.files.OwnFiles;
import io.loda.common.telemetry.Counters;
import io.loda.common.telemetry.Discards;
import java.io.IOException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Moves the spool of one output to another: its messages are sent first, then those of the other.
 * Blocks; only while no agent has the data folder.
 *
 * <p>Both spools are copied into a third folder. Renaming that folder commits the move: before that
 * nothing has changed, and after it the two old folders are obsolete and {@link #finish} deletes
 * them, in this process or the next. So a kill at any point neither loses nor doubles a message.
 */
public final class SpoolMove {

  private static final Logger LOG = LoggerFactory.getLogger(SpoolMove.class);
  private static final String COPY = ".moving";
  private static final String COPIED = ".moved.";
  private static final long BATCH_BYTES = 1 << 20;

  /** A configuration without bounds of size or age. */
  static final AgentConfig.Delivery ALL =
      new AgentConfig.Delivery(
          1 << 20,
          Duration.ofSeconds(1),
          1 << 20,
          "sync",
          Long.MAX_VALUE / 4,
          Duration.ofDays(36_500),
          0,
          0,
          false);

  private final Path dataDir;
  private final Path spools;
  private final Step step;
  private final Dropped dropped =
      new Dropped("that is moved", new Discards(new Counters(), System::nanoTime));

  /** Called before each step; for tests. */
  public interface Step {
    void before(String step) throws IOException;
  }

  public SpoolMove(Path dataDir) {
    this(dataDir, step -> {});
  }

  /**
   * Like its overload, for tests.
   *
   * @param step called before each step
   */
  public SpoolMove(Path dataDir, Step step) {
    this.dataDir = dataDir;
    this.spools = SpoolFolder.all(dataDir);
    this.step = step;
  }

  /**
   * Moves the messages of one output to another.
   *
   * @throws IOException also if a process has one of the spools, or not all can be read; then
   *     nothing was moved
   */
  public Moved move(String from, String to) throws IOException {
    finish();
    Path source = SpoolFolder.of(dataDir, from);
    Path target = SpoolFolder.of(dataDir, to);
    Path copy = spools.resolve(COPY);
    Path copied = spools.resolve(COPIED + source.getFileName() + '.' + target.getFileName());
    if (!isOutput(from) || !isOutput(to) || from.equals(to)) {
      throw new IOException("expected the names of two outputs, found " + from + " and " + to);
    }
    for (Path folder : List.of(source, target, copy)) {
      if (!SpoolFolder.isGone(folder) && !SpoolFolder.isOurs(folder)) {
        throw new IOException(folder + " is no folder of the agent's user: nothing was moved");
      }
    }
    if (!SpoolFolder.isGone(copied)) {
      throw new IOException(copied + " exists already, remove it: nothing was moved");
    }
    if (!isAnythingIn(source)) {
      return new Moved(0, 0);
    }
    long moved;
    try {
      moved = copy(source, target, copy);
      step.before("commit");
      Files.move(copy, copied, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      deleteCopy();
      throw e;
    }
    OwnFiles.force(spools);
    finish();
    return new Moved(moved, dropped.total());
  }

  /**
   * Returns whether there is anything to move: even a spool without files may miss messages, which
   * the move counts once.
   */
  private static boolean isAnythingIn(Path source) throws IOException {
    CursorFile.Cursor last = CursorFile.last(source.resolve("cursor"));
    Leftover left = new Leftover(source, last, System.nanoTime());
    return !left.segments().isEmpty() || left.missingMessages() > 0;
  }

  private long copy(Path source, Path target, Path copy) throws IOException {
    Spool together = open(copy);
    try {
      long moved = copy(source, together);
      copy(target, together);
      step.before("force");
      together.force();
      return moved;
    } finally {
      together.close();
    }
  }

  /** Deletes the copy of a move that failed or was killed before its commit. */
  private void deleteCopy() {
    Path copy = spools.resolve(COPY);
    try {
      delete(copy);
    } catch (IOException e) {
      LOG.warn(
          "spool: delete of {}, the copy of an unfinished move, failed; delete it by hand: {}",
          copy,
          FileReason.of(e));
    }
  }

  /** How many points were moved; {@code lost}: how many were damaged or missing. */
  public record Moved(long points, long lost) {}

  /** Returns whether there is anything at the path of an output's spool. */
  public boolean isThere(String output) {
    return isOutput(output) && !SpoolFolder.isGone(SpoolFolder.of(dataDir, output));
  }

  /** Returns whether a committed move is unfinished. Changes nothing. */
  public boolean isInterrupted() throws IOException {
    for (Path folder : named(COPIED)) {
      if (isCommitted(folder)) {
        return true;
      }
    }
    return false;
  }

  /** Finishes a move that was killed after its commit, and removes one killed before it. */
  public void finish() throws IOException {
    for (Path folder : named(COPIED)) {
      if (!isCommitted(folder)) {
        sayLeft(folder);
        continue;
      }
      List<Path> names = names(folder);
      step.before("delete the source");
      delete(names.get(0));
      step.before("delete the target");
      delete(names.get(1));
      step.before("rename");
      Files.move(folder, names.get(1), StandardCopyOption.ATOMIC_MOVE);
      OwnFiles.force(spools);
    }
    for (Path copy : named(COPY)) {
      if (!copy.equals(spools.resolve(COPY)) || !SpoolFolder.isOurs(copy)) {
        sayLeft(copy);
      } else {
        deleteCopy();
      }
    }
  }

  private List<Path> named(String start) throws IOException {
    return Files.isDirectory(spools)
        ? SpoolFolder.entries(spools).stream()
            .filter(entry -> entry.getFileName().toString().startsWith(start))
            .sorted()
            .toList()
        : List.of();
  }

  private static void sayLeft(Path odd) {
    LOG.warn("spool: {} has the name of an unfinished move but isn't one: ignored", odd);
  }

  /**
   * Returns whether the folder is a committed move of the agent's. A wrong true would delete two
   * spools.
   *
   * @throws IOException if that can't be read: a wrong false would send messages twice
   */
  private boolean isCommitted(Path folder) throws IOException {
    Path cursor = folder.resolve("cursor");
    return names(folder).size() == 2
        && SpoolFolder.isOurs(folder)
        && Files.isRegularFile(cursor, LinkOption.NOFOLLOW_LINKS)
        && CursorFile.last(cursor) != null;
  }

  /** Returns the folders of a move's two outputs; empty if its name isn't a move's. */
  private List<Path> names(Path folder) {
    String name = folder.getFileName().toString();
    List<String> names = List.of(name.substring(COPIED.length()).split("\\.", -1));
    boolean valid =
        names.size() == 2
            && names.stream().allMatch(part -> SpoolName.output(part).isPresent())
            && !names.get(0).equals(names.get(1));
    return valid ? names.stream().map(spools::resolve).toList() : List.of();
  }

  private static boolean isOutput(String name) {
    return SpoolName.output(SpoolName.of(name)).isPresent();
  }

  private long copy(Path from, Spool to) throws IOException {
    Spool spool = open(from);
    long points = 0;
    try {
      while (spool.hasReadable()) {
        List<QueuedMessage> read = spool.read(BATCH_BYTES);
        List<QueuedMessage> written = new ArrayList<>(read.size());
        for (QueuedMessage entry : read) {
          points += entry.message().points();
          written.add(new QueuedMessage(entry.message(), entry.sinceNanos(), entry.promised()));
        }
        step.before("copy");
        to.append(written, false);
      }
      if (!spool.trouble().isEmpty()) {
        throw new IOException(spool.trouble());
      }
    } finally {
      spool.close();
    }
    return points;
  }

  private Spool open(Path folder) throws IOException {
    Spool spool =
        new Spool(
            folder,
            ALL,
            dropped,
            new SpoolClock(InstantSource.system(), System::nanoTime, HostBoot::read),
            System::nanoTime,
            true);
    spool.open();
    return spool;
  }

  /** Deletes a spool's folder; renames it if it contains a file that isn't the agent's. */
  private static void delete(Path folder) throws IOException {
    if (SpoolFolder.isGone(folder)) {
      return;
    }
    if (!SpoolFolder.isOurs(folder)) {
      SpoolFolder.setAside(folder);
      return;
    }
    for (Path file : SpoolFolder.ownFiles(folder)) {
      Files.deleteIfExists(file);
    }
    try {
      Files.deleteIfExists(folder);
    } catch (DirectoryNotEmptyException e) {
      SpoolFolder.setAside(folder);
    }
  }
}
