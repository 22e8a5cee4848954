package io.loda.agent.source.script.process;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.loda.agent.source.script.system.Command;
import io.loda.common.files.FileReason;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The control groups of runs, below the agent's own. The agent can create them as root on most
 * hosts, or with systemd's {@code Delegate=yes}. Groups are reused, as creating one costs the
 * kernel more than entering it. Any thread; blocks shortly.
 */
public final class RunGroups implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(RunGroups.class);
  private static final Pattern NAME =
      Pattern.compile(
          "agent-plugins\\.(?<namespace>\\d+)\\.(?<pid>\\d{1,18})\\.(?<token>[0-9a-f]+)\\.\\d+");

  /** Distinguishes this process from an earlier one with the same pid, as in a container. */
  private static final String TOKEN = Long.toHexString(ThreadLocalRandom.current().nextLong());

  /** Matches the name of a group for processes that may outlive their run, and the agent. */
  private static final Pattern APART =
      Pattern.compile("agent-kept\\.(?<namespace>\\d+)\\.(?<pid>\\d{1,18})\\.[0-9a-f]+\\.\\d+");

  private static final AtomicLong COUNT = new AtomicLong();
  private static final int MOST = 256;
  private static final int MOST_LOOKS = 100;
  private static final Duration BETWEEN_LOOKS = Duration.ofMillis(5);

  private final @Nullable Path own;
  private final GroupLimits limits;
  private final Queue<RunGroup> free = new ConcurrentLinkedQueue<>();
  private final AtomicLong made = new AtomicLong();
  private @Nullable Path parent;
  private @Nullable GroupLock lock;
  private volatile Set<String> controllers = Set.of();
  private boolean tried;
  private volatile String description = "not known before the first run";

  /** Creates groups below the agent's own. */
  public static RunGroups limited(GroupLimits limits) {
    return new RunGroups(ownGroup(), limits);
  }

  /**
   * Creates groups below this one.
   *
   * @param own null: there are no groups
   */
  public RunGroups(@Nullable Path own, GroupLimits limits) {
    this.own = own;
    this.limits = limits;
  }

  /** Returns an empty group, or {@link RunGroup#NONE}. */
  public RunGroup open() {
    Path below = parent();
    if (below == null) {
      return RunGroup.NONE;
    }
    RunGroup ready = free.poll();
    if (ready != null && ready.isThere()) {
      return ready;
    }
    if (made.get() >= MOST) {
      // that many groups have processes that can't be ended: more groups wouldn't help
      return RunGroup.NONE;
    }
    try {
      Path group = below.resolve(Long.toString(made.incrementAndGet()));
      Files.createDirectories(group);
      limits.set(group, controllers);
      return new RunGroup(group, controllers.contains("memory"), free::add);
    } catch (IOException e) {
      return RunGroup.NONE;
    }
  }

  /**
   * Creates an empty group that isn't reused, outside the agent's groups: its processes may outlive
   * the run and the agent. Returns {@link RunGroup#NONE} if there are no groups.
   */
  public RunGroup openApart() {
    Path group;
    if (parent() == null || own == null) {
      return RunGroup.NONE;
    }
    try {
      group =
          own.resolve(
              String.join(
                  ".",
                  "agent-kept",
                  namespace(),
                  Long.toString(ProcessHandle.current().pid()),
                  TOKEN,
                  Long.toString(COUNT.incrementAndGet())));
      Files.createDirectories(group);
      limits.set(group, controllers);
      GroupLimits.setSmallShare(group, controllers);
    } catch (IOException e) {
      return RunGroup.NONE;
    }
    return apart(group, controllers.contains("memory"));
  }

  private static RunGroup apart(Path group, boolean limited) {
    return new RunGroup(group, limited, unused -> remove(group));
  }

  /** Returns the group of {@link #openApart} at a path; empty: it isn't such a group's path. */
  public static Optional<RunGroup> apart(Path group) {
    return APART.matcher(String.valueOf(group.getFileName())).matches() && Files.isDirectory(group)
        ? Optional.of(apart(group, Files.exists(group.resolve("memory.events"))))
        : Optional.empty();
  }

  /** Kills all processes of a group; blocks for at most half a second. */
  public static void end(RunGroup group) {
    if (!group.exists()) {
      return;
    }
    for (int looks = 0; looks < MOST_LOOKS && !group.isEmpty(); looks++) {
      group.kill();
      LockSupport.parkNanos(BETWEEN_LOOKS.toNanos());
    }
    group.close();
  }

  /** Removes the empty groups of agents that have ended. */
  private static void removeEmptyApart(Path own) throws IOException {
    try (DirectoryStream<Path> all = Files.newDirectoryStream(own, "agent-kept.*")) {
      for (Path folder : all) {
        Matcher name = APART.matcher(String.valueOf(folder.getFileName()));
        if (name.matches()
            && name.group("namespace").equals(namespace())
            && ProcessHandle.of(Long.parseLong(name.group("pid"))).isEmpty()) {
          apart(folder, false).close();
        }
      }
    }
  }

  /** Finds out once whether there are control groups, and logs it; null: there are none. */
  public synchronized @Nullable Path parent() {
    if (!tried) {
      tried = true;
      try {
        parent = prepare();
        description =
            "control groups below "
                + parent
                + (controllers.contains("memory")
                    ? ", with the kernel's limit on memory"
                    : ", memory checked by the agent");
      } catch (IOException | RuntimeException e) {
        description = "session and mark; no control group: " + FileReason.of(e);
        LOG.info(
            "plugins: no control group (cgroup v2): {}; their processes are found by session and mark",
            FileReason.of(e));
      }
    }
    return parent;
  }

  /** Returns what contains the processes of a run, in words. */
  public String description() {
    return description;
  }

  private Path prepare() throws IOException {
    if (own == null) {
      throw new IOException("there is no cgroup2 file system that holds this process");
    }
    removeStale(own);
    removeEmptyApart(own);
    Path folder =
        own.resolve(
            String.join(
                ".",
                "agent-plugins",
                namespace(),
                Long.toString(ProcessHandle.current().pid()),
                TOKEN,
                Long.toString(COUNT.incrementAndGet())));
    Path trial = folder.resolve("trial");
    Files.createDirectories(folder);
    lock = lock(folder);
    Files.createDirectories(trial);
    // only trying shows whether it is permitted
    boolean entered =
        Command.run(
            List.of("/bin/sh", "-c", "echo 0 >\"$1\"", "sh", trial.resolve("cgroup.procs") + ""));
    Files.delete(trial);
    if (!entered) {
      Files.delete(folder);
      throw new IOException(folder + " can be made, but no process moved into it");
    }
    controllers = GroupLimits.enable(own, folder);
    LOG.info(
        "plugins: running in control groups below {}, {}",
        folder,
        controllers.isEmpty()
            ? "the agent checks the limit on memory"
            : "limits on " + controllers);
    return folder;
  }

  /** Returns the number of this PID namespace; 0 if the kernel doesn't tell. */
  private static String namespace() {
    try {
      String link = Files.readSymbolicLink(Path.of("/proc/self/ns/pid")).toString();
      String number = link.replaceAll("\\D", "");
      return number.isEmpty() ? "0" : number;
    } catch (IOException e) {
      return "0";
    }
  }

  private static @Nullable GroupLock lock(Path folder) {
    try {
      return GroupLock.take(folder);
    } catch (IOException e) {
      LOG.info(
          "plugins: lock of {} failed, another agent may remove it: {}", folder, FileReason.of(e));
      return null;
    }
  }

  /** Ends the processes that a killed agent left, and removes its groups. */
  private static void removeStale(Path own) throws IOException {
    try (DirectoryStream<Path> all = Files.newDirectoryStream(own, "agent-plugins.*")) {
      for (Path folder : all) {
        Matcher name = NAME.matcher(String.valueOf(folder.getFileName()));
        if (name.matches() && isStale(name, folder)) {
          endAndRemove(folder);
        }
      }
    }
  }

  private static boolean isStale(Matcher name, Path folder) {
    if (name.group("token").equals(TOKEN)) {
      return false;
    }
    try (GroupLock free = GroupLock.take(folder)) {
      return free != null;
    } catch (IOException e) {
      // no lock: then only pids of this namespace tell whether the agent is alive
      long pid = Long.parseLong(name.group("pid"));
      return name.group("namespace").equals(namespace())
          && (pid == ProcessHandle.current().pid() || ProcessHandle.of(pid).isEmpty());
    }
  }

  private static void endAndRemove(Path folder) {
    RunGroup stale = new RunGroup(folder, false, group -> remove(folder));
    boolean any = !stale.isEmpty();
    end(stale);
    if (any && !Files.exists(folder)) {
      LOG.info("plugins: ended processes that an earlier agent left in {}", folder);
    }
  }

  @Override
  public synchronized void close() {
    if (parent != null) {
      remove(parent);
      parent = null;
    }
    if (lock != null) {
      try {
        lock.close();
      } catch (IOException e) {
        LOG.debug("plugins: release of a control group's lock failed: {}", FileReason.of(e));
      }
      lock = null;
    }
  }

  private static void remove(Path folder) {
    try {
      try (DirectoryStream<Path> all = Files.newDirectoryStream(folder, Files::isDirectory)) {
        all.forEach(RunGroups::remove);
      }
      Files.delete(folder);
    } catch (IOException e) {
      // it has a process that can't be ended; the next agent retries the delete
      LOG.debug("plugins: delete of {} failed: {}", folder, FileReason.of(e));
    }
  }

  private static @Nullable Path ownGroup() {
    try {
      Path group =
          find(
              Files.readString(Path.of("/proc/self/cgroup"), UTF_8),
              Files.readString(Path.of("/proc/self/mountinfo"), UTF_8));
      // the agent moved itself into a group below, to make room for its plugins' groups
      return group != null && group.endsWith(GroupLimits.OWN) ? group.getParent() : group;
    } catch (IOException e) {
      return null;
    }
  }

  /**
   * Returns the folder of a process's group, by its files in {@code /proc}; null: there is none.
   */
  static @Nullable Path find(String cgroup, String mountinfo) {
    Optional<String> path =
        cgroup.lines().filter(line -> line.startsWith("0::")).map(l -> l.substring(3)).findFirst();
    if (path.isEmpty() || path.get().contains("..")) {
      return null;
    }
    return mountinfo
        .lines()
        // id parent device root mount-point options … - type source options
        .filter(line -> line.contains(" - cgroup2 "))
        .map(line -> line.split(" ", -1))
        .filter(fields -> fields.length > 4)
        .map(
            fields -> {
              Path root = Path.of(fields[3]);
              Path group = Path.of(path.get());
              return group.startsWith(root)
                  ? Path.of(fields[4]).resolve(root.relativize(group).toString())
                  : null;
            })
        .filter(Objects::nonNull)
        .findFirst()
        .orElse(null);
  }
}
