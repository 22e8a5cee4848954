package io.loda.agent.source.script.cage;

import io.loda.common.logging.Plural;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Measures a plugin's disk space and shared memory, in its scratch folder and outside. One thread
 * at a time; blocks.
 */
public final class ScratchUse {

  private static final String ALL =
      "it held, with its scratch folder, deleted files that it had open, shared memory and"
          + " what it had in /dev/shm and /tmp, ";

  /**
   * Files in sockets count only after this time: files that are just passed on aren't in a socket
   * at each measurement for that long.
   */
  private static final long PASSING_NANOS = TimeUnit.SECONDS.toNanos(1);

  private final Path folder;
  private final long maxBytes;
  private final Leavings leavings;
  private final DiskUse.Watch disk;
  private final long ownUid;
  private final long sinceSeconds = System.currentTimeMillis() / 1000;
  private final LongSupplier nanos;
  private @Nullable Long inSocketsSince;
  private boolean scratchFull;
  private Leavings.Left found = Leavings.Left.NOTHING;

  /**
   * @param ownUid a user that only this plugin runs as; negative: it has none
   */
  public ScratchUse(Path folder, long maxBytes, Leavings leavings, long ownUid) {
    this(folder, maxBytes, leavings, ownUid, System::nanoTime);
  }

  /** Like its overload, with another clock, in ns. */
  ScratchUse(Path folder, long maxBytes, Leavings leavings, long ownUid, LongSupplier nanos) {
    this.nanos = nanos;
    this.folder = folder;
    this.maxBytes = maxBytes;
    this.leavings = leavings;
    this.disk = leavings.disk().watch(folder, maxBytes);
    this.ownUid = ownUid;
  }

  /**
   * Measures, and returns what exceeds the bound, in words; empty: nothing.
   *
   * @param pids of the plugin's processes, including ended ones
   * @param holding pids of those that may have deleted files open
   */
  public String measure(Set<Long> pids, Set<Long> holding) {
    lookForLeavings(pids);
    FileSum sum = new FileSum(maxBytes);
    sum.addFolder(folder);
    scratchFull = !sum.problem().isEmpty();
    if (scratchFull) {
      return ofFolder(sum);
    }
    found.addTo(sum);
    HeldFiles held = HeldFiles.of(holding);
    if (held.tooMany()) {
      return "its threads have more files open and mapped than the agent can read";
    }
    sum.add(held.bytes());
    if (!sum.problem().isEmpty()) {
      return ALL + sum.problem();
    }
    if (staysInSockets(held.inSockets())) {
      return "it keeps "
          + Plural.of(held.inSockets(), "file")
          + " inside of sockets, where their size can't be seen";
    }
    return disk.isDue() ? taken(held) : "";
  }

  /** Returns whether files stay in sockets: their size can't be measured, so they may only pass. */
  private boolean staysInSockets(long files) {
    if (files == 0) {
      inSocketsSince = null;
      return false;
    }
    long now = nanos.getAsLong();
    Long since = inSocketsSince;
    if (since == null) {
      inSocketsSince = now;
      return false;
    }
    return now - since >= PASSING_NANOS;
  }

  /** Finds the plugin's files and memory outside its scratch folder. */
  void lookForLeavings(Set<Long> pids) {
    found = leavings.of(new Leavings.Owner(ownUid, pids, sinceSeconds));
  }

  /** Checks the space used on the file system. */
  private String taken(HeldFiles held) {
    FileSum taken = new FileSum(maxBytes);
    taken.add(DiskUse.bytes(List.of(folder)));
    scratchFull = !taken.problem().isEmpty();
    if (scratchFull) {
      return ofFolder(taken);
    }
    taken.add(DiskUse.bytes(found.entries()));
    taken.add(DiskUse.openBytes(held.links()));
    return taken.problem().isEmpty() ? "" : ALL + taken.problem();
  }

  private String ofFolder(FileSum sum) {
    return "its scratch folder " + folder + " held " + sum.problem();
  }

  /** Returns whether the scratch folder alone exceeded the limit, at the last measurement. */
  boolean scratchFull() {
    return scratchFull;
  }

  /** Returns what was outside the scratch folder, at the last measurement. */
  Leavings.Left left() {
    return found;
  }
}
