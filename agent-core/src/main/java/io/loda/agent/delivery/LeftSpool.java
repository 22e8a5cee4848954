package io.loda.agent.delivery;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * What waits on disk for an output that the configuration doesn't have, as it was renamed or taken
 * out: nobody sends it.
 *
 * @param points that wait
 */
public record LeftSpool(String output, Path folder, int files, long bytes, long points) {

  /** All of a data folder. Blocks; changes nothing. */
  public static List<LeftSpool> find(Path dataDir, Collection<String> outputs) throws IOException {
    Path spools = SpoolFolder.all(dataDir);
    Set<Path> known =
        outputs.stream().map(output -> SpoolFolder.of(dataDir, output)).collect(Collectors.toSet());
    List<LeftSpool> left = new ArrayList<>();
    if (Files.isDirectory(spools)) {
      for (Path folder : SpoolFolder.entries(spools)) {
        Optional<String> output = SpoolName.output(folder.getFileName().toString());
        if (output.isPresent()
            && !known.contains(folder)
            && Files.isDirectory(folder, LinkOption.NOFOLLOW_LINKS)
            && !SpoolFolder.segments(folder).isEmpty()) {
          left.add(look(output.get(), folder));
        }
      }
    }
    left.sort(Comparator.comparing(LeftSpool::output));
    return left;
  }

  private static LeftSpool look(String output, Path folder) throws IOException {
    List<Segment> segments =
        new Leftover(folder, CursorFile.last(folder.resolve("cursor")), System.nanoTime())
            .segments();
    return new LeftSpool(
        output,
        folder,
        segments.size(),
        segments.stream().mapToLong(Segment::size).sum(),
        segments.stream().mapToLong(Segment::unreadPoints).sum());
  }

  /** As an output that takes nothing. */
  public OutputStatus status() {
    return new OutputStatus(output, "none", points, 0, bytes, 0, 0, 0, why(), "");
  }

  private String why() {
    return "the configuration has no output of this name, so nobody sends what waits: name one so"
        + " again, or stop the agent, and agent spool move "
        + output
        + " NAME, or agent spool drop --output "
        + output;
  }

  @Override
  public String toString() {
    return "output %s: %d points wait in %s, %d files of %d bytes; %s"
        .formatted(output, points, folder, files, bytes, why());
  }
}
