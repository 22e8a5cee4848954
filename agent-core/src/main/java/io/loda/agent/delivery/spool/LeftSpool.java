package io.loda.agent.delivery.spool;

import io.loda.agent.delivery.segment.Segment;
import io.loda.agent.output.OutputStatus;
import io.loda.common.logging.Plural;
import io.loda.common.telemetry.Counters;
import io.loda.common.telemetry.Discards;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The spool of an output that is no longer in the configuration, as it was renamed or removed:
 * nobody sends its messages.
 *
 * @param points in it
 * @param missing points that should be in it but are deleted, cut off or damaged
 */
public record LeftSpool(
    String output, Path folder, int files, long bytes, long points, long missing) {

  private static final long BATCH_BYTES = 1 << 20;

  /** Reads all such spools of a data folder. Blocks; changes nothing. */
  public static List<LeftSpool> find(Path dataDir, Collection<String> outputs) throws IOException {
    return find(dataDir, outputs, new Discards(new Counters(), (reason, detail) -> {}));
  }

  /**
   * Like its overload.
   *
   * @param discards counts the missing points, as for a configured output
   */
  public static List<LeftSpool> find(Path dataDir, Collection<String> outputs, Discards discards)
      throws IOException {
    Path spools = SpoolFolder.all(dataDir);
    Set<Path> known =
        outputs.stream().map(output -> SpoolFolder.of(dataDir, output)).collect(Collectors.toSet());
    List<LeftSpool> left = new ArrayList<>();
    if (Files.isDirectory(spools)) {
      for (Path folder : SpoolFolder.entries(spools)) {
        Optional<String> output = SpoolName.output(folder.getFileName().toString());
        if (output.isPresent()
            && !known.contains(folder)
            && Files.isDirectory(folder, LinkOption.NOFOLLOW_LINKS)) {
          LeftSpool one = look(output.get(), folder, discards);
          if (one.files() > 0 || one.missing() > 0) {
            left.add(one);
          }
        }
      }
    }
    left.sort(Comparator.comparing(LeftSpool::output));
    return left;
  }

  private static LeftSpool look(String output, Path folder, Discards discards) throws IOException {
    Dropped dropped = new Dropped(output, discards);
    Leftover left =
        new Leftover(folder, CursorFile.last(folder.resolve("cursor")), System.nanoTime());
    List<Segment> segments = left.segments();
    int files = segments.size();
    long bytes = segments.stream().mapToLong(Segment::size).sum();
    dropped.missing(left.missingMessages(), left.missingPoints(), "in " + folder);
    long points = read(segments, dropped);
    // the names of unreadable files tell how many points they have
    points += segments.stream().mapToLong(Segment::unreadPoints).sum();
    return new LeftSpool(output, folder, files, bytes, points, dropped.total());
  }

  /** Reads every record: only the records tell what is in a file. */
  private static long read(List<Segment> segments, Dropped dropped) {
    SpoolReader reader =
        new SpoolReader(
            SpoolMove.ALL,
            dropped,
            new SpoolClock(InstantSource.system(), System::nanoTime, HostBoot::read),
            System::nanoTime,
            true);
    long points = 0;
    List<QueuedMessage> read = reader.read(segments, BATCH_BYTES);
    while (!read.isEmpty()) {
      for (QueuedMessage entry : read) {
        points += entry.message().points();
        QueuedMessage.Place place = Objects.requireNonNull(entry.place());
        place.segment().done(place.sequence());
      }
      read = reader.read(segments, BATCH_BYTES);
    }
    reader.close();
    return points;
  }

  /** Returns its status, as of an output that fails. */
  public OutputStatus status() {
    return new OutputStatus(output, "none", points, 0, bytes, 0, missing, 0, why(), "");
  }

  private String why() {
    return "the configuration has no output of this name, so they aren't sent: configure one of "
        + "this name again, or stop the agent, and run agent spool move "
        + output
        + " NAME, or agent spool drop --output "
        + output;
  }

  @Override
  public String toString() {
    return "output %s: %s waiting in %s, %s of %s%s; %s"
        .formatted(
            output,
            Plural.of(points, "point"),
            folder,
            Plural.of(files, "file"),
            Plural.of(bytes, "byte"),
            missing == 0 ? "" : ", and " + missing + " more are missing or damaged there",
            why());
  }
}
