package io.loda.agent.source.script;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What plugins leave on the host outside of their scratch folders, as far as it is known whose it
 * is: System V shared memory, and for a plugin with a user of its own what that user has in the
 * folders that everybody may write to. It counts with the scratch folder, and goes after the run:
 * by a process of that user, so that nothing of another's can go. Any thread; blocks.
 */
final class Leavings {

  private static final Logger LOG = LoggerFactory.getLogger(Leavings.class);
  private static final Duration LONGEST_REMOVAL = Duration.ofSeconds(20);
  private static final String DELETE =
      "chmod -R u+rwx \"$@\" 2>/dev/null; exec find \"$@\" -delete 2>/dev/null";

  private final List<SharedFolder> folders;

  /** Those of this host. */
  Leavings() {
    this(List.of(Path.of("/dev/shm"), Path.of("/tmp"), Path.of("/var/tmp")));
  }

  Leavings(List<Path> folders) {
    this.folders = folders.stream().map(SharedFolder::new).toList();
  }

  /**
   * Whose they are.
   *
   * @param ownUid of a user that nothing but the plugin runs as; negative: it has none
   * @param pids of processes of a run under way, or of one that just ended
   * @param sinceSeconds when that began, since 1970
   */
  record Owner(long ownUid, Set<Long> pids, long sinceSeconds) {

    boolean made(SharedMemory memory) {
      return ownUid >= 0
          ? memory.uid() == ownUid || memory.creatorUid() == ownUid
          : memory.changedSeconds() >= sinceSeconds && pids.contains(memory.creatorPid());
    }
  }

  /** Adds up what is there. */
  void addTo(FileSum sum, Owner owner) {
    sum.add(SharedMemory.all(owner::made).stream().mapToLong(SharedMemory::bytes).sum());
    entries(owner).forEach(sum::addEntry);
  }

  private List<Path> entries(Owner owner) {
    return owner.ownUid() < 0
        ? List.of()
        : folders.stream().flatMap(folder -> folder.entriesOf(owner.ownUid()).stream()).toList();
  }

  /** Removes it; nothing of that owner may run. */
  void remove(Owner owner, PluginCommand command) {
    List<SharedMemory> memory = SharedMemory.all(owner::made);
    if (!memory.isEmpty()) {
      List<String> remove = new ArrayList<>(List.of("ipcrm"));
      memory.forEach(one -> remove.addAll(List.of(one.kind(), Long.toString(one.id()))));
      Command.run(command.asUser(remove.toArray(String[]::new)), LONGEST_REMOVAL);
      LOG.debug("removed shared memory of the user {}: {}", owner.ownUid(), memory);
    }
    List<Path> entries = entries(owner);
    if (!entries.isEmpty()) {
      List<String> remove = new ArrayList<>(List.of("sh", "-c", DELETE, "sh"));
      entries.forEach(entry -> remove.add(entry.toString()));
      Command.run(command.asUser(remove.toArray(String[]::new)), LONGEST_REMOVAL);
      LOG.debug("removed what the user {} left: {}", owner.ownUid(), entries);
    }
  }
}
