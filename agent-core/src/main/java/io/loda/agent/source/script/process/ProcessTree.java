package io.loda.agent.source.script.process;

import io.loda.agent.source.script.system.Command;
import io.loda.agent.source.script.system.NewerPids;
import io.loda.agent.source.script.system.ProcFile;
import io.loda.agent.source.script.system.ProcessStat;
import io.loda.agent.source.script.system.RunMark;
import io.loda.agent.source.script.system.SweepTime;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;

/**
 * All processes of a run: those in its control group, and those with one of its {@link RunSigns}.
 * The group alone isn't enough: a process that may write to another group's list can leave it.
 *
 * <p>Handles have the start time of their process, so that a reused pid isn't killed. Blocks for at
 * most the grace and 10 s, and can't be interrupted. One thread.
 */
public final class ProcessTree {

  private static final Duration BETWEEN_LOOKS = Duration.ofMillis(5);

  /** How often to look again for processes that had no environment yet. */
  private static final int LOOKS_AGAIN = 4;

  /** Above this number processes may multiply faster than they are killed one by one. */
  private static final int MANY = 10;

  /** A family with more processes, or threads, is examined only partly. */
  private static final int MOST_OF_A_FAMILY = 1024;

  /** The search for processes that left group and family takes at most a fiftieth of the time. */
  private static final long SHARE = 50;

  private static final long FIRST_SEARCH_NANOS = TimeUnit.SECONDS.toNanos(1);

  /** The search is this many times rarer for waiting runs, of which there may be many. */
  private static final long SELDOM = 10;

  private final Process leader;
  private final RunSigns signs;
  private final RunGroup group;
  private final long created = System.nanoTime();
  private long searchDue = created + FIRST_SEARCH_NANOS;
  private List<Long> strays = List.of();

  /** Whether the last search found a process that was just executing another program. */
  private boolean unsure;

  /** Creates the tree of a process that just started. */
  ProcessTree(Process leader, RunMark mark, RunGroup group, RunSigns.Environments environments) {
    this.leader = leader;
    this.group = group;
    this.signs = RunSigns.of(leader, mark, environments);
  }

  /**
   * The result of a sweep.
   *
   * @param others how many processes there were, without the leader
   * @param survivors those that can't be ended
   */
  public record Sweep(int others, List<Survivor> survivors) {}

  /** Sends SIGTERM to all, and after the grace SIGKILL to those left. */
  void end(Duration grace) {
    leader.destroy();
    members().values().forEach(ProcessHandle::destroy);
    long start = System.nanoTime();
    while (System.nanoTime() - start < grace.toNanos()) {
      if (!leader.isAlive() && members().isEmpty()) {
        return;
      }
      LockSupport.parkNanos(BETWEEN_LOOKS.toNanos());
    }
  }

  /** Sends SIGKILL to all. */
  Sweep kill() {
    SweepTime time = new SweepTime();
    Set<Long> others = new HashSet<>();
    Map<Long, ProcessHandle> members = members();
    int again = 0;
    while ((leader.isAlive() || !members.isEmpty() || (unsure && again++ < LOOKS_AGAIN))
        && !time.isUp(members.size())) {
      // the leader, too: it may not have its session yet
      leader.destroyForcibly();
      others.addAll(members.keySet());
      if (!group.kill() && members.size() > MANY) {
        killSession();
      }
      members.values().forEach(ProcessHandle::destroyForcibly);
      LockSupport.parkNanos(BETWEEN_LOOKS.toNanos());
      members = members();
    }
    others.remove(leader.pid());
    return new Sweep(others.size(), survivors(members.keySet()));
  }

  /**
   * Sends SIGKILL to processes until none of them is found. Blocks for at most 10 s.
   *
   * @param find returns those that are left
   */
  static Sweep end(Supplier<List<ProcessHandle>> find) {
    Set<Long> ended = new HashSet<>();
    SweepTime time = new SweepTime();
    List<ProcessHandle> left = find.get();
    while (!left.isEmpty() && !time.isUp(left.size())) {
      left.forEach(process -> ended.add(process.pid()));
      left.forEach(ProcessHandle::destroyForcibly);
      LockSupport.parkNanos(BETWEEN_LOOKS.toNanos());
      left = find.get();
    }
    return new Sweep(ended.size(), survivors(left.stream().map(ProcessHandle::pid).toList()));
  }

  private static List<Survivor> survivors(Iterable<Long> pids) {
    List<Survivor> survivors = new ArrayList<>();
    for (long pid : pids) {
      try {
        survivors.add(Survivor.of(pid));
      } catch (IOException e) {
        // it has ended after all
      }
    }
    return survivors;
  }

  /**
   * Returns the pids of the processes that are quickly found.
   *
   * @param quiet true: they wait, so the search for those that left is rarer
   */
  Set<Long> look(boolean quiet) {
    Set<Long> seen = new LinkedHashSet<>(group.exists() ? group.pids() : family());
    long start = System.nanoTime();
    if (start - searchDue >= 0) {
      strays = List.copyOf(search().keySet());
      long took = System.nanoTime() - start;
      searchDue = start + Math.max(FIRST_SEARCH_NANOS, took * SHARE) * (quiet ? SELDOM : 1);
    }
    seen.addAll(strays);
    return seen;
  }

  private List<Long> family() {
    List<Long> all = new ArrayList<>(List.of(leader.pid()));
    int threads = 0;
    for (int i = 0; i < all.size(); i++) {
      for (Path thread : ProcessStat.threads(ProcessStat.folder(all.get(i)))) {
        if (++threads > MOST_OF_A_FAMILY || all.size() > MOST_OF_A_FAMILY) {
          return all;
        }
        addChildren(thread, all);
      }
    }
    return all;
  }

  private static void addChildren(Path thread, List<Long> all) {
    try {
      for (String child : ProcFile.read(thread.resolve("children")).strip().split(" ", -1)) {
        if (!child.isEmpty()) {
          all.add(Long.parseLong(child));
        }
      }
    } catch (IOException e) {
      // it has ended, or the kernel doesn't tell
    }
  }

  private Map<Long, ProcessHandle> members() {
    Map<Long, ProcessHandle> members = search();
    if (group.exists() && (leader.isAlive() || !group.isEmpty())) {
      group
          .pids()
          .forEach(pid -> ProcessHandle.of(pid).ifPresent(handle -> members.put(pid, handle)));
    }
    // with a group, a process that is just executing a program is found in the group
    unsure &= !group.exists();
    return members;
  }

  private Map<Long, ProcessHandle> search() {
    Map<Long, ProcessHandle> found = new LinkedHashMap<>();
    unsure = false;
    long age = System.nanoTime() - created;
    long next = leader.pid();
    long last = NewerPids.lastOfFew(leader.pid(), age);
    boolean any = true;
    while (any && next <= last) {
      any = false;
      for (; next <= last; next++) {
        any |= ProcessStat.at(next, (process, stat) -> addTo(found, process, stat));
      }
      // search also what they started meanwhile
      last = any ? NewerPids.lastOfFew(leader.pid(), age) : last;
    }
    if (last < 0) {
      ProcessStat.forEach(
          NewerPids.than(leader.pid(), age), (process, stat) -> addTo(found, process, stat));
    }
    return found;
  }

  private void addTo(Map<Long, ProcessHandle> found, Path process, ProcessStat stat) {
    RunSigns.Membership what = signs.in(process, stat);
    unsure |= what == RunSigns.Membership.UNSURE;
    if (what == RunSigns.Membership.MEMBER) {
      long pid = Long.parseLong(process.getFileName().toString());
      ProcessHandle.of(pid)
          .filter(handle -> signs.hasStill(process) && !isThread(process, pid))
          .ifPresent(handle -> found.put(pid, handle));
    }
  }

  /** Returns whether a pid is a thread's: threads have pids too, and folders in {@code /proc}. */
  private static boolean isThread(Path process, long pid) {
    try {
      return RunMemory.number(ProcFile.read(process.resolve("status")), "\nTgid:") != pid;
    } catch (IOException e) {
      return true;
    }
  }

  /** Kills the process group of the session at once. */
  private void killSession() {
    Command.run(
        List.of("/bin/sh", "-c", "kill -s KILL -- \"-$1\"", "sh", Long.toString(leader.pid())));
  }
}
