package io.loda.agent.delivery.spool;

import io.loda.agent.delivery.segment.Gap;
import io.loda.agent.delivery.segment.Segment;
import io.loda.agent.delivery.segment.SegmentReader;
import io.loda.agent.delivery.segment.SpoolRecord;
import io.loda.agent.point.Message;
import io.loda.common.logging.Plural;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads a spool from outside, even while an agent has it. Blocks; only {@link #drop} changes
 * anything.
 */
public final class SpoolFiles {

  private static final Logger LOG = LoggerFactory.getLogger(SpoolFiles.class);

  private final Path folder;

  /**
   * A segment file.
   *
   * @param messages whole ones, including delivered ones: the file is deleted when all are
   * @param damagedBytes the rest; in the newest file it may be a record that is just being written
   */
  public record File(
      String name, long bytes, long messages, long points, long damagedBytes, String oldest) {}

  /** Takes the messages of {@link #export}. */
  public interface Reader {
    void message(Message message, Instant time) throws IOException;
  }

  public SpoolFiles(Path dataDir, String output) {
    this.folder = SpoolFolder.of(dataDir, output);
  }

  /**
   * Returns a message about the spool of an output that doesn't use it; empty: the spool has no
   * files.
   */
  public Optional<String> unsent(String output) throws IOException {
    int files = SpoolFolder.segments(folder).size();
    return files == 0
        ? Optional.empty()
        : Optional.of(
            ("output %s: %s in %s, from delivery.durability = spill or sync, not"
                    + " sent with memory: start once with spill, or see agent spool export and"
                    + " agent spool drop --output %s")
                .formatted(output, Plural.of(files, "file"), folder, output));
  }

  /** Logs that message as a warning. */
  public void warnOfUnsent(String output) {
    try {
      unsent(output).ifPresent(LOG::warn);
    } catch (IOException e) {
      LOG.warn("output {}: look for unsent messages in {} failed: {}", output, folder, e);
    }
  }

  /** Reads all files, oldest first. */
  public List<File> list() throws IOException {
    List<File> files = new ArrayList<>();
    for (Segment segment : SpoolFolder.segments(folder)) {
      try {
        files.add(read(segment, (message, time) -> {}));
      } catch (NoSuchFileException e) {
        // delivered meanwhile
      }
    }
    return files;
  }

  /** Passes every whole message to the reader, oldest first; returns the files that were read. */
  public List<File> export(Reader reader) throws IOException {
    List<File> files = new ArrayList<>();
    for (Segment segment : SpoolFolder.segments(folder)) {
      try {
        files.add(read(segment, reader));
      } catch (NoSuchFileException e) {
        // delivered meanwhile
      }
    }
    return files;
  }

  private File read(Segment segment, Reader reader) throws IOException {
    SpoolClock.Note noted = CursorFile.noted(folder.resolve("cursor"));
    // shows times by the host's clock at the cursor's last write
    long ahead = noted == null ? 0 : noted.wallMillis() - noted.millis();
    long messages = 0;
    long points = 0;
    long whole = 0;
    String oldest = "";
    try (SegmentReader file = new SegmentReader(segment.file())) {
      long size = file.size();
      for (SegmentReader.Found found = file.next(0, size);
          found != null;
          found = file.next(found.end(), size)) {
        SpoolRecord record = found.record();
        whole += found.end() - found.offset();
        if (Gap.is(record)) {
          continue;
        }
        Instant time = Instant.ofEpochMilli(record.timeMillis() + ahead);
        if (messages == 0) {
          oldest = time.toString();
        }
        messages++;
        points += record.message().points();
        reader.message(record.message(), time);
      }
      return new File(
          String.valueOf(segment.file().getFileName()),
          size,
          messages,
          points,
          size - whole,
          oldest);
    }
  }

  /**
   * Deletes the spool's segments.
   *
   * @return what was deleted
   * @throws IOException also when an agent has the spool; the message says what to do
   */
  public List<File> drop() throws IOException {
    if (!Files.isDirectory(folder)) {
      return List.of();
    }
    try (SpoolFolder taken = SpoolFolder.take(folder)) {
      List<File> files = list();
      for (Segment segment : SpoolFolder.segments(taken.path())) {
        Files.deleteIfExists(segment.file());
      }
      // otherwise the next start would count the deleted messages as missing
      Files.deleteIfExists(taken.cursor());
      return files;
    }
  }
}
