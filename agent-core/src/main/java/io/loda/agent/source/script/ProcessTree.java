package io.loda.agent.source.script;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * What a run started: what is in its control group; without one the processes of its session, and
 * those that left it but still carry the run's mark, in their environment or as a limit.
 *
 * <p>Handles remember when their process started, so that a number used again is not hit. Blocks
 * for the grace and a little at the most, and isn't interrupted.
 */
final class ProcessTree {

  private static final Duration SWEEP = Duration.ofSeconds(2);
  private static final Duration BETWEEN_LOOKS = Duration.ofMillis(5);

  /** How often to look again because a process had no environment yet. */
  private static final int LOOKS_AGAIN = 4;

  /** More than these multiply perhaps faster than they are ended one by one. */
  private static final int MANY = 10;

  private final Process leader;
  private final String mark;
  private final @Nullable RunMark limit;
  private final RunGroup group;
  private final long startTicks;
  private final long created = System.nanoTime();

  /** Whether the last look met a process in the midst of becoming another program. */
  private boolean unsure;

  /** The tree of a process that just started, without a control group. */
  ProcessTree(Process leader, String mark) {
    this(leader, mark, null, RunGroup.NONE);
  }

  /** The tree of a process that just started. */
  ProcessTree(Process leader, RunMark mark, RunGroup group) {
    this(leader, mark.inEnvironment(), mark, group);
  }

  private ProcessTree(Process leader, String mark, @Nullable RunMark limit, RunGroup group) {
    this.leader = leader;
    this.mark = mark;
    this.limit = limit;
    this.group = group;
    this.startTicks = group.exists() ? 0 : startTicks(leader);
  }

  private static long startTicks(Process leader) {
    try {
      return ProcessStat.read(ProcessStat.folder(leader.pid())).startTicks();
    } catch (IOException e) {
      return 0;
    }
  }

  /** SIGTERM to all of it, and after the grace SIGKILL to what is left. */
  void end(Duration grace) {
    leader.destroy();
    members().forEach(ProcessHandle::destroy);
    long start = System.nanoTime();
    while (System.nanoTime() - start < grace.toNanos()) {
      if (!leader.isAlive() && members().isEmpty()) {
        return;
      }
      LockSupport.parkNanos(BETWEEN_LOOKS.toNanos());
    }
    kill();
  }

  /**
   * SIGKILL to all of it.
   *
   * @return how many processes there were, but for the leader
   */
  int kill() {
    long start = System.nanoTime();
    Set<Long> others = new HashSet<>();
    List<ProcessHandle> members = members();
    int again = 0;
    while ((leader.isAlive() || !members.isEmpty() || (unsure && again++ < LOOKS_AGAIN))
        && System.nanoTime() - start < SWEEP.toNanos()) {
      // itself too: it may not have come as far as to have its session
      leader.destroyForcibly();
      members.forEach(member -> others.add(member.pid()));
      if (!group.kill()) {
        if (members.size() > MANY) {
          killSession();
        }
        members.forEach(ProcessHandle::destroyForcibly);
      }
      LockSupport.parkNanos(BETWEEN_LOOKS.toNanos());
      members = members();
    }
    others.remove(leader.pid());
    return others.size();
  }

  private List<ProcessHandle> members() {
    List<ProcessHandle> members = new ArrayList<>();
    unsure = false;
    if (group.exists()) {
      if (!leader.isAlive() && group.isEmpty()) {
        return members;
      }
      group.pids().forEach(pid -> ProcessHandle.of(pid).ifPresent(members::add));
      return members;
    }
    ProcessStat.forEach(
        NewerPids.than(leader.pid(), System.nanoTime() - created),
        (process, stat) -> {
          if (isMember(process, stat)) {
            ProcessHandle.of(Long.parseLong(process.getFileName().toString()))
                .filter(handle -> isStillMember(process))
                .ifPresent(members::add);
          }
        });
    return members;
  }

  /** Ends the session's group at once. */
  private void killSession() {
    Command.run(
        List.of("/bin/sh", "-c", "kill -s KILL -- \"-$1\"", "sh", Long.toString(leader.pid())));
  }

  private boolean isStillMember(Path process) {
    try {
      return isMember(process, ProcessStat.read(process));
    } catch (IOException e) {
      return false;
    }
  }

  private boolean isMember(Path process, ProcessStat stat) {
    if (stat.ended() || stat.startTicks() < startTicks) {
      return false;
    }
    if (stat.session() == leader.pid()) {
      return true;
    }
    try {
      if (limit != null && limit.isIn(KernelFile.read(process.resolve("limits")))) {
        return true;
      }
      String environment = KernelFile.read(process.resolve("environ"));
      // a process that has left the session and now starts a program shows none for a moment
      unsure |= environment.isEmpty() && stat.memoryBytes() > 0;
      return environment.contains(mark);
    } catch (IOException e) {
      // gone, or not ours to read: then it isn't ours to end either
      return false;
    }
  }
}
