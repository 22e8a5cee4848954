package io.loda.agent.delivery.spool;

import io.loda.agent.delivery.segment.DoneRanges;
import io.loda.agent.delivery.segment.Segment;
import io.loda.common.files.FileReason;
import io.loda.common.files.OwnFiles;
import io.loda.common.logging.Plural;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The segments of a spool, oldest first, and the messages of deleted ones. Blocks; one thread at a
 * time.
 */
final class Segments {

  private final List<Segment> list = new ArrayList<>();
  private DoneRanges gone = new DoneRanges(List.of());

  /** Files that are done but couldn't be deleted, with their bytes. */
  private final Map<Path, Long> stuck = new LinkedHashMap<>();

  private String stuckWhy = "";

  void begin(Leftover left) {
    list.addAll(left.segments());
    gone = left.gone();
  }

  void clear() {
    list.clear();
    stuck.clear();
    gone = new DoneRanges(List.of());
  }

  /** Returns a copy: segments may be removed while it is iterated. */
  List<Segment> all() {
    return List.copyOf(list);
  }

  void add(Segment segment) {
    list.add(segment);
  }

  /** Removes a segment from the list: its messages are delivered, dropped or lost. */
  void forget(Segment segment) {
    list.remove(segment);
    gone.add(DoneRanges.Range.between(segment.start(), segment.end()));
  }

  /** Deletes the file of a removed segment; a failed delete is retried. */
  void delete(Segment segment) {
    stuck.put(segment.file(), segment.size());
    deleteStuck();
  }

  /** Retries the deletes that failed. */
  void deleteStuck() {
    for (Path file : List.copyOf(stuck.keySet())) {
      try {
        Files.deleteIfExists(file);
        stuck.remove(file);
      } catch (IOException e) {
        stuckWhy = FileReason.of(e);
        empty(file);
      }
    }
  }

  /** Truncates a file that can't be deleted, to free its room. */
  private void empty(Path file) {
    if (stuck.getOrDefault(file, 0L) > 0) {
      try (FileChannel channel = OwnFiles.open(file, StandardOpenOption.WRITE)) {
        channel.truncate(0);
        stuck.put(file, 0L);
      } catch (IOException e) {
        // trouble() reports the failed delete
      }
    }
  }

  /** Returns all messages that are done, in files and in deleted ones. */
  List<DoneRanges.Range> done() {
    DoneRanges all = new DoneRanges(gone.list());
    for (Segment segment : list) {
      all.add(DoneRanges.Range.between(segment.start(), segment.lowest()));
    }
    return all.list();
  }

  long bytes() {
    return list.stream().mapToLong(Segment::size).sum()
        + stuck.values().stream().mapToLong(Long::longValue).sum();
  }

  /** Returns which files can't be read or deleted, and why; empty: none. */
  String trouble() {
    List<String> troubles = new ArrayList<>();
    List<Segment> failed = list.stream().filter(s -> !s.failure().isEmpty()).toList();
    if (!failed.isEmpty()) {
      troubles.add(
          "%s can't be read, with %s in %s; retrying each second: %s"
              .formatted(
                  Plural.of(failed.size(), "file"),
                  Plural.of(failed.stream().mapToLong(Segment::unreadPoints).sum(), "point"),
                  Plural.of(failed.stream().mapToLong(Segment::size).sum(), "byte"),
                  failed.get(0).failure()));
    }
    if (!stuck.isEmpty()) {
      troubles.add(
          "delivered and can't be deleted: %s of %s; retrying each second: %s"
              .formatted(
                  Plural.of(stuck.size(), "file"),
                  Plural.of(stuck.values().stream().mapToLong(Long::longValue).sum(), "byte"),
                  stuckWhy));
    }
    return String.join("; ", troubles);
  }
}
