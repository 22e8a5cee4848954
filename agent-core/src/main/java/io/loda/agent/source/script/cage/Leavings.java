package io.loda.agent.source.script.cage;

import io.loda.agent.source.script.system.Command;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What plugins leave on the host outside their scratch folders, if its owner is known: System V
 * shared memory, and for a plugin with its own user that user's files in world-writable folders. It
 * counts as part of the scratch folder. After the run a process of that user removes it, so that
 * nothing of another user can be removed. Any thread; blocks.
 *
 * <p>A private {@code /tmp} would do the same for 2 ms more a run. Shared memory belongs to a run
 * by the pid of the process that made it, and by the user if the plugin has one of its own. A
 * shared folder is listed only if its time changed, and for at most a twentieth of the time.
 */
public final class Leavings {

  private static final Logger LOG = LoggerFactory.getLogger(Leavings.class);
  private static final Duration LONGEST_REMOVAL = Duration.ofSeconds(20);
  private static final String DELETE =
      "chmod -R u+rwx \"$@\" 2>/dev/null; exec find \"$@\" -delete 2>/dev/null";

  /** An even number, as a kind and an id belong together. */
  private static final int MOST_AT_ONCE = 1000;

  private final List<SharedFolder> folders;
  private final DiskUse disk;

  public Leavings() {
    this(
        Stream.of("/dev/shm", "/tmp", "/var/tmp", "/run/lock", "/var/crash", "/dev/mqueue")
            .map(Path::of)
            .toList());
  }

  public Leavings(List<Path> folders) {
    this.folders = folders.stream().map(SharedFolder::new).toList();
    this.disk = new DiskUse(folders);
  }

  /**
   * The owner of what was left.
   *
   * @param ownUid a user that only the plugin runs as; negative: it has none
   * @param pids of the processes of a current run, or of one that just ended
   * @param sinceSeconds when that run began, since 1970
   */
  public record Owner(long ownUid, Set<Long> pids, long sinceSeconds) {

    boolean made(SharedMemory memory) {
      return ownUid >= 0
          ? memory.uid() == ownUid || memory.creatorUid() == ownUid
          : memory.changedSeconds() >= sinceSeconds && pids.contains(memory.creatorPid());
    }
  }

  /**
   * What an owner left.
   *
   * @param memory shared memory, queues and semaphores
   * @param entries in world-writable folders
   */
  public record Left(List<SharedMemory> memory, List<Path> entries) {

    static final Left NOTHING = new Left(List.of(), List.of());

    void addTo(FileSum sum) {
      sum.add(memory.stream().mapToLong(SharedMemory::bytes).sum());
      entries.forEach(sum::addEntry);
    }
  }

  /** Returns the measurement of disk space on the file systems of those folders. */
  DiskUse disk() {
    return disk;
  }

  /** Examines all folders for the last time, however long that takes. */
  public Left last(Owner owner) {
    folders.forEach(SharedFolder::lookAgain);
    return of(owner);
  }

  public Left of(Owner owner) {
    if (owner.ownUid() >= 0) {
      return new Left(
          SharedMemory.all(owner::made),
          folders.stream().flatMap(folder -> folder.entriesOf(owner.ownUid()).stream()).toList());
    }
    return owner.pids().isEmpty()
        ? Left.NOTHING
        : new Left(SharedMemory.segments(owner::made), List.of());
  }

  /** Removes what was found, as its owner; no other process of that user may be running. */
  public static void remove(Left found, RunCommand command) {
    if (!found.memory().isEmpty()) {
      remove(
          List.of("ipcrm"),
          found.memory().stream()
              .flatMap(one -> Stream.of(one.kind(), Long.toString(one.id())))
              .toList(),
          command);
      LOG.debug("removed {}", found.memory());
    }
    if (!found.entries().isEmpty()) {
      remove(
          List.of("sh", "-c", DELETE, "sh"),
          found.entries().stream().map(Path::toString).toList(),
          command);
      LOG.debug("removed {}", found.entries());
    }
  }

  /** Removes in parts, as the length of a command is bounded. */
  private static void remove(List<String> by, List<String> all, RunCommand command) {
    for (int from = 0; from < all.size(); from += MOST_AT_ONCE) {
      List<String> remove = new ArrayList<>(by);
      remove.addAll(all.subList(from, Math.min(all.size(), from + MOST_AT_ONCE)));
      Command.run(command.asUser(remove.toArray(String[]::new)), LONGEST_REMOVAL);
    }
  }
}
