package io.loda.agent.source.script.process;

import io.loda.agent.source.script.system.ProcFile;
import io.loda.agent.source.script.system.ProcessStat;
import io.loda.agent.source.script.system.ProcessUser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;

/**
 * Ends all processes of a user that only one plugin runs as: whatever they did to session, group,
 * environment and limits, they can't change their user.
 *
 * <p>An agent in a container may have a plugin with the same user id. Its processes are left alone:
 * they are in namespaces that only root can have made. A plugin that makes namespaces must make a
 * user namespace first.
 */
public final class UserProcesses {

  private static final Path SELF = Path.of("/proc/self");

  private UserProcesses() {}

  /** Ends the processes; blocks for at most 10 s. */
  public static ProcessTree.Sweep end(Set<Long> uids) {
    return end(uids, process -> false);
  }

  /**
   * Ends the processes, except some.
   *
   * @param kept returns whether a process, by its folder in {@code /proc}, may go on
   */
  public static ProcessTree.Sweep end(Set<Long> uids, Predicate<Path> kept) {
    return ProcessTree.end(
        () -> {
          List<ProcessHandle> left = of(uids, kept);
          // look again: a newly forked process may have a pid that was already passed
          return left.isEmpty() ? of(uids, kept) : left;
        });
  }

  private static List<ProcessHandle> of(Set<Long> uids, Predicate<Path> kept) {
    List<ProcessHandle> found = new ArrayList<>();
    if (uids.isEmpty()) {
      return found;
    }
    ProcessStat.forEach(
        (process, stat) -> {
          try {
            if (!stat.ended()
                && uids.contains(ProcessUser.realUid(process))
                && isOfHere(stat.living(process))
                && !kept.test(process)) {
              ProcessHandle.of(Long.parseLong(process.getFileName().toString()))
                  .ifPresent(found::add);
            }
          } catch (IOException e) {
            // it has ended
          }
        });
    return found;
  }

  private static boolean isOfHere(Path process) throws IOException {
    if (isIn(process, "pid") && isIn(process, "mnt")) {
      return true;
    }
    // a container's plugin could look the same, but isn't in this group
    return !isIn(process, "user")
        && ProcFile.read(process.resolve("cgroup")).equals(ProcFile.read(SELF.resolve("cgroup")));
  }

  private static boolean isIn(Path process, String kind) {
    Path namespace = Path.of("ns", kind);
    try {
      return Files.readSymbolicLink(process.resolve(namespace))
          .equals(Files.readSymbolicLink(SELF.resolve(namespace)));
    } catch (IOException e) {
      // an agent without this right is in a container itself, and sees no processes of others
      return true;
    }
  }
}
