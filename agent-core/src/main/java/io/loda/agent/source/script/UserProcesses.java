package io.loda.agent.source.script;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;

/**
 * All processes of a user that only a plugin runs as: whatever they did with session, group,
 * environment and limits, they can't become another's.
 */
final class UserProcesses {

  private static final Duration SWEEP = Duration.ofSeconds(2);
  private static final Duration BETWEEN_LOOKS = Duration.ofMillis(5);

  private UserProcesses() {}

  /** Ends them; blocks for 2 s at the most. */
  static ProcessTree.Sweep end(Set<Long> uids) {
    Set<Long> ended = new HashSet<>();
    long start = System.nanoTime();
    List<ProcessHandle> left = of(uids);
    while (!left.isEmpty() && System.nanoTime() - start < SWEEP.toNanos()) {
      left.forEach(process -> ended.add(process.pid()));
      left.forEach(ProcessHandle::destroyForcibly);
      LockSupport.parkNanos(BETWEEN_LOOKS.toNanos());
      left = of(uids);
    }
    return new ProcessTree.Sweep(
        ended.size(), ProcessTree.survivors(left.stream().map(ProcessHandle::pid).toList()));
  }

  private static List<ProcessHandle> of(Set<Long> uids) {
    List<ProcessHandle> found = new ArrayList<>();
    ProcessStat.forEach(
        (process, stat) -> {
          try {
            if (!stat.ended() && uids.contains(ProcessUser.realUid(process))) {
              ProcessHandle.of(Long.parseLong(process.getFileName().toString()))
                  .ifPresent(found::add);
            }
          } catch (IOException e) {
            // it has ended
          }
        });
    return found;
  }
}
