package io.loda.agent.delivery.spool;

import io.loda.agent.delivery.segment.Gap;
import io.loda.agent.delivery.segment.Segment;
import io.loda.agent.delivery.segment.SegmentReader;
import io.loda.agent.delivery.segment.SpoolRecord;
import io.loda.agent.point.Message;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A spool as somebody finds it on disk, whether an agent writes it or not. Blocks; changes nothing
 * but by {@link #drop}.
 */
public final class SpoolFiles {

  private static final Logger LOG = LoggerFactory.getLogger(SpoolFiles.class);

  private final Path folder;

  /**
   * One segment file.
   *
   * @param messages that are whole, the delivered ones too: the file goes when all of it is
   * @param damagedBytes what is none; at the end of the newest file also what is just being written
   */
  public record File(
      String name, long bytes, long messages, long points, long damagedBytes, String oldest) {}

  /** Takes a message out of the spool's files. */
  public interface Reader {
    void message(Message message, Instant time) throws IOException;
  }

  /** The spool of an output. */
  public SpoolFiles(Path dataDir, String output) {
    this.folder = SpoolFolder.of(dataDir, output);
  }

  /** Says so, where something is there and nobody sends it. */
  public void warnOfUnsent(String output) {
    try {
      int files = SpoolFolder.segments(folder).size();
      if (files > 0) {
        LOG.warn(
            "output {}: {} files wait in {} since delivery.durability was spill or sync, and with"
                + " memory nobody sends them: start once with spill, or see agent spool export and"
                + " agent spool drop --output {}",
            output,
            files,
            folder,
            output);
      }
    } catch (IOException e) {
      LOG.warn("output {}: can't see whether something waits in {}: {}", output, folder, e);
    }
  }

  /** Where it is. */
  public Path folder() {
    return folder;
  }

  /** Its files, the oldest first, all of them read. */
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

  /** Gives every whole message to a reader, the oldest first; answers what was read. */
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
    // it is told when it came by the host's clock, as that was last
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
   * Deletes all of it.
   *
   * @return what went
   * @throws IOException also when an agent has it: says so, and what to do
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
      // it says how much was written, and so what would be missing
      Files.deleteIfExists(taken.cursor());
      return files;
    }
  }
}
