package io.loda.agent.source.script.process;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.loda.agent.source.script.result.StartFailure;
import io.loda.agent.source.script.system.Command;
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
 * Control groups for runs, below the agent's own, where it may make some: as root on most hosts, or
 * where systemd was told {@code Delegate=yes}. Any thread; blocks shortly.
 *
 * <p>A group is used again by later runs: to make one costs the kernel more than to enter it.
 */
public final class RunGroups implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(RunGroups.class);
  private static final Pattern NAME =
      Pattern.compile(
          "agent-plugins\\.(?<namespace>\\d+)\\.(?<pid>\\d{1,18})\\.(?<token>[0-9a-f]+)\\.\\d+");

  /** Another process may have had this one's number, as in a container. */
  private static final String TOKEN = Long.toHexString(ThreadLocalRandom.current().nextLong());

  /** One for what a run may leave behind: it stays when the agent goes. */
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

  /** Groups below the agent's own, without limits. */
  public RunGroups() {
    this(ownGroup(), GroupLimits.NONE);
  }

  /** Groups below the agent's own. */
  public static RunGroups limited(GroupLimits limits) {
    return new RunGroups(ownGroup(), limits);
  }

  /** Groups below this one, without limits; null: there are none to be had. */
  public RunGroups(@Nullable Path own) {
    this(own, GroupLimits.NONE);
  }

  /**
   * Groups below this one.
   *
   * @param own null: there are none to be had
   */
  RunGroups(@Nullable Path own, GroupLimits limits) {
    this.own = own;
    this.limits = limits;
  }

  /** An empty group, or {@link RunGroup#NONE}. */
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
      // so many runs left something that can't be ended; more groups would not help
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
   * An empty group that isn't used again, beside those of the agent: what is in it when the run is
   * over goes on, whatever becomes of the agent. {@link RunGroup#NONE} where there is none.
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

  /** One that a run was left in; nothing where the path is none of those. */
  public static Optional<RunGroup> apart(Path group) {
    return APART.matcher(String.valueOf(group.getFileName())).matches() && Files.isDirectory(group)
        ? Optional.of(apart(group, Files.exists(group.resolve("memory.events"))))
        : Optional.empty();
  }

  /** Ends all that is in one; blocks for half a second at the most. */
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

  /** Removes empty ones of agents that are gone. */
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

  /** Finds out whether there are any to be had, and says so in the log; once. */
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
                    : ", memory as it is seen");
      } catch (IOException | RuntimeException e) {
        description = "session and mark; no control group: " + StartFailure.text(e);
        LOG.info(
            "no control group (cgroup v2) for plugins: {}; what they start is found by its session"
                + " and its mark",
            StartFailure.text(e));
      }
    }
    return parent;
  }

  /** What holds the processes of runs together, in words. */
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
    // what may be done is known only once it was done
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
        "plugins run in control groups below {}, {}",
        folder,
        controllers.isEmpty() ? "limits on memory as it is seen" : "limits on " + controllers);
    return folder;
  }

  /** A number that no other PID namespace of the host has; 0 where the kernel doesn't say. */
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
      LOG.info("{} can't be locked: {}; another agent may take it for left", folder, e.toString());
      return null;
    }
  }

  /** Ends what an agent that was killed left running, and removes its groups. */
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
      // no locks here: then only the numbers of the own namespace say something
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
      LOG.info("ended the plugins that an earlier agent left in {}", folder);
    }
  }

  /** Removes the groups. */
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
        LOG.debug("a lock on a control group stays: {}", e.toString());
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
      // something is in it that can't be ended; the next agent tries again
      LOG.debug("{} stays: {}", folder, e.toString());
    }
  }

  private static @Nullable Path ownGroup() {
    try {
      Path group =
          find(
              Files.readString(Path.of("/proc/self/cgroup"), UTF_8),
              Files.readString(Path.of("/proc/self/mountinfo"), UTF_8));
      // once it made room for its plugins
      return group != null && group.endsWith(GroupLimits.OWN) ? group.getParent() : group;
    } catch (IOException e) {
      return null;
    }
  }

  /** The folder of a process' group, from what its {@code /proc} says; null when there is none. */
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
