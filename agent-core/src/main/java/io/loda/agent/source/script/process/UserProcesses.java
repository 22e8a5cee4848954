package io.loda.agent.source.script.process;

import io.loda.agent.source.script.system.KernelFile;
import io.loda.agent.source.script.system.ProcessStat;
import io.loda.agent.source.script.system.ProcessUser;
import io.loda.agent.source.script.system.SweepTime;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Predicate;

/**
 * All processes of a user that only a plugin runs as: whatever they did with session, group,
 * environment and limits, they can't become another's.
 *
 * <p>A container's may have the same number, of a plugin of an agent in there. They are left alone:
 * they are in namespaces that only root can have made. A plugin that made some made a user
 * namespace first.
 */
public final class UserProcesses {

  private static final Path SELF = Path.of("/proc/self");
  private static final Duration BETWEEN_LOOKS = Duration.ofMillis(5);

  private UserProcesses() {}

  /** Ends them; blocks for 10 s at the most. */
  public static ProcessTree.Sweep end(Set<Long> uids) {
    return end(uids, process -> false);
  }

  /**
   * Ends them, but for some.
   *
   * @param kept whether a process, by its folder in {@code /proc}, may go on
   */
  public static ProcessTree.Sweep end(Set<Long> uids, Predicate<Path> kept) {
    Set<Long> ended = new HashSet<>();
    SweepTime time = new SweepTime();
    List<ProcessHandle> left = of(uids, kept);
    while (!left.isEmpty() && !time.isUp(left.size())) {
      left.forEach(process -> ended.add(process.pid()));
      left.forEach(ProcessHandle::destroyForcibly);
      LockSupport.parkNanos(BETWEEN_LOOKS.toNanos());
      left = of(uids, kept);
      // one that was just forked can have got a number that was passed by already
      left = left.isEmpty() ? of(uids, kept) : left;
    }
    return new ProcessTree.Sweep(
        ended.size(), ProcessTree.survivors(left.stream().map(ProcessHandle::pid).toList()));
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
    // a container's plugin could have done so too, but not in this group
    return !isIn(process, "user")
        && KernelFile.read(process.resolve("cgroup"))
            .equals(KernelFile.read(SELF.resolve("cgroup")));
  }

  private static boolean isIn(Path process, String kind) {
    Path namespace = Path.of("ns", kind);
    try {
      return Files.readSymbolicLink(process.resolve(namespace))
          .equals(Files.readSymbolicLink(SELF.resolve(namespace)));
    } catch (IOException e) {
      // an agent that may not look at it is in a container itself, and sees nobody else's
      return true;
    }
  }
}
