package io.loda.agent.delivery;

import io.loda.agent.config.AgentConfig;
import io.loda.agent.telemetry.Counters;
import io.loda.agent.telemetry.Discards;
import java.io.IOException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings what waits for one output to another one, behind which it goes. Blocks; only while no
 * agent has the data folder.
 *
 * <p>What waits for both is copied into a folder beside theirs. Its renaming is the one step that
 * counts: before it nothing has happened, after it the two old folders are rubbish, and whoever
 * comes next ({@link #finish}) goes on with that. So nothing is lost, and nothing comes twice,
 * wherever the process is killed.
 */
public final class SpoolMove {

  private static final Logger LOG = LoggerFactory.getLogger(SpoolMove.class);
  private static final String COPY = ".moving";
  private static final String COPIED = ".moved.";
  private static final long BATCH_BYTES = 1 << 20;

  private final Path dataDir;
  private final Path spools;
  private final Step step;
  private final Dropped dropped =
      new Dropped("that is moved", new Discards(new Counters(), System::nanoTime));

  /** Is told before each step; for tests. */
  interface Step {
    void before(String step) throws IOException;
  }

  /** Works on a data folder. */
  public SpoolMove(Path dataDir) {
    this(dataDir, step -> {});
  }

  /**
   * The same, for tests.
   *
   * @param step told before each
   */
  SpoolMove(Path dataDir, Step step) {
    this.dataDir = dataDir;
    this.spools = SpoolFolder.all(dataDir);
    this.step = step;
  }

  /**
   * Moves it.
   *
   * @return what was moved, and what couldn't be read, in points
   * @throws IOException also when somebody has one of the spools, or not all can be read; then
   *     nothing was moved
   */
  public Moved move(String from, String to) throws IOException {
    finish();
    Path source = SpoolFolder.of(dataDir, from);
    Path target = SpoolFolder.of(dataDir, to);
    if (SpoolFolder.segments(source).isEmpty()) {
      return new Moved(0, 0);
    }
    Path copy = spools.resolve(COPY);
    long moved;
    try {
      moved = copy(source, target, copy);
      step.before("commit");
      Files.move(
          copy,
          spools.resolve(COPIED + source.getFileName() + '.' + target.getFileName()),
          StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      deleteCopy();
      throw e;
    }
    SpoolFolder.force(spools);
    finish();
    return new Moved(moved, dropped.total());
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

  /** What a move left that failed, or was killed before it counted: it takes room on the disk. */
  private void deleteCopy() {
    Path copy = spools.resolve(COPY);
    try {
      delete(copy);
    } catch (IOException e) {
      LOG.warn("spool: can't delete {}, which a move left; delete it: {}", copy, e.toString());
    }
  }

  /** How many points were moved, and how many were damaged or missing. */
  public record Moved(long points, long lost) {}

  /** Goes on where a process was killed; nothing where there was none. */
  public void finish() throws IOException {
    if (!Files.isDirectory(spools)) {
      return;
    }
    List<Path> copied =
        SpoolFolder.entries(spools).stream()
            .filter(folder -> folder.getFileName().toString().startsWith(COPIED))
            .toList();
    for (Path folder : copied) {
      String[] names = folder.getFileName().toString().split("\\.", -1);
      step.before("delete the source");
      delete(spools.resolve(names[2]));
      step.before("delete the target");
      delete(spools.resolve(names[3]));
      step.before("rename");
      Files.move(folder, spools.resolve(names[3]), StandardCopyOption.ATOMIC_MOVE);
      SpoolFolder.force(spools);
    }
    deleteCopy();
  }

  private long copy(Path from, Spool to) throws IOException {
    Spool spool = open(from);
    long points = 0;
    try {
      while (spool.hasReadable()) {
        List<Entry> read = spool.read(BATCH_BYTES);
        List<Entry> written = new ArrayList<>(read.size());
        for (Entry entry : read) {
          points += entry.message().points();
          written.add(new Entry(entry.message(), entry.sinceNanos(), entry.promised()));
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

  /** With room for all, however old. */
  private Spool open(Path folder) throws IOException {
    AgentConfig.Delivery all =
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
    Spool spool =
        new Spool(
            folder,
            all,
            dropped,
            new SpoolClock(InstantSource.system(), System::nanoTime, HostBoot::read),
            System::nanoTime);
    spool.open();
    return spool;
  }

  /** What isn't the agent's stays, in a folder with another name. */
  private static void delete(Path folder) throws IOException {
    if (!Files.isDirectory(folder)) {
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
