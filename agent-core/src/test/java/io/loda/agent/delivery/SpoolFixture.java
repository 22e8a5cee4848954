package io.loda.agent.delivery;

import io.loda.agent.delivery.spool.Dropped;
import io.loda.agent.delivery.spool.Spool;
import io.loda.agent.delivery.spool.SpoolFiles;
import io.loda.agent.delivery.spool.SpoolFolder;
import io.loda.agent.delivery.spool.SpoolMove;
import io.loda.common.telemetry.Counters;
import io.loda.common.telemetry.Discards;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** Spools of a data folder, for tests. */
public final class SpoolFixture {

  private static final class Killed extends RuntimeException {
    private static final long serialVersionUID = 1L;
  }

  private final Path dataDir;

  /** Of a folder that is there. */
  public SpoolFixture(Path dataDir) {
    this.dataDir = dataDir;
  }

  /** Five messages of a point each. */
  public void write(String output) throws IOException {
    Spool spool =
        new Spool(
            SpoolFolder.of(dataDir, output),
            Points.config("sync", Points.MIB, 16 * Points.MIB),
            new Dropped(output, new Discards(new Counters(), () -> 0)),
            Points.clock(() -> 0),
            () -> 0,
            true);
    spool.open();
    spool.append(Points.entries(0, 5, 100), true);
    spool.close();
  }

  /** So many messages of 60,000 bytes and a point each, promised to whoever posted them. */
  public void promise(String output, int messages) throws IOException {
    Spool spool =
        new Spool(
            SpoolFolder.of(dataDir, output),
            Points.config("sync", Points.MIB, 1_000 * Points.MIB),
            new Dropped(output, new Discards(new Counters(), () -> 0)),
            Points.clock(() -> 0),
            () -> 0,
            true);
    spool.open();
    for (int i = 0; i < messages; i++) {
      spool.append(List.of(Points.promised(i, 60_000)), false);
    }
    spool.close();
  }

  /** How many wait. */
  public int messages(String output) throws IOException {
    int[] found = {0};
    new SpoolFiles(dataDir, output).export((message, time) -> found[0]++);
    return found[0];
  }

  /** What is in the folder of all of them. */
  public List<String> names() throws IOException {
    return SpoolFolder.entries(SpoolFolder.all(dataDir)).stream()
        .map(path -> path.getFileName().toString())
        .toList();
  }

  /** Moves, and is killed when it counts already. */
  public void killedMove(String from, String to) throws IOException {
    try {
      new SpoolMove(
              dataDir,
              step -> {
                if (step.equals("delete the source")) {
                  throw new Killed();
                }
              })
          .move(from, to);
    } catch (Killed e) {
      return;
    }
    throw new AssertionError("it went on");
  }
}
