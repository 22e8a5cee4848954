package io.loda.agent.source.script.cage;

import java.nio.file.Path;
import java.util.List;
import java.util.Set;

/**
 * Measures a plugin's disk space and shared memory, in its scratch folder and outside. One thread
 * at a time; blocks.
 */
public final class ScratchUse {

  private static final String ALL =
      "it held, with its scratch folder, deleted files that it had open, shared memory and"
          + " what it had in /dev/shm and /tmp, ";

  private final Path folder;
  private final long maxBytes;
  private final Leavings leavings;
  private final DiskUse.Watch disk;
  private final long ownUid;
  private final long sinceSeconds = System.currentTimeMillis() / 1000;
  private boolean scratchFull;
  private Leavings.Found found = Leavings.Found.NOTHING;

  /**
   * @param ownUid a user that only this plugin runs as; negative: it has none
   */
  public ScratchUse(Path folder, long maxBytes, Leavings leavings, long ownUid) {
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
    sum.add(held.bytes());
    if (!sum.problem().isEmpty()) {
      return ALL + sum.problem();
    }
    return disk.isDue() ? taken(held) : "";
  }

  /** Finds what the plugin has outside its scratch folder. */
  void lookForLeavings(Set<Long> pids) {
    found = leavings.of(new Leavings.Owner(ownUid, pids, sinceSeconds));
  }

  /** Checks by the space used on the file system. */
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

  /** Returns whether the scratch folder alone exceeded the bound, at the last look. */
  boolean scratchFull() {
    return scratchFull;
  }

  /** What there was outside the scratch folder, at the last look. */
  Leavings.Found left() {
    return found;
  }
}
