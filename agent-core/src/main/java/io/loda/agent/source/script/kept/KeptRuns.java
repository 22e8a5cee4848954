package io.loda.agent.source.script.kept;

import io.loda.agent.source.script.process.RunGroup;
import io.loda.agent.source.script.process.RunGroups;
import io.loda.agent.source.script.system.ProcFile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The processes that runs on demand left and that may go on, each run's in its control group. They
 * outlive the agent: a group is saved before its run begins, so that after a kill the next agent
 * knows it. They are ended when their plugin may not keep them any more, or when they use more than
 * a run may. Any thread; blocks shortly.
 *
 * <p>Only plugins on demand may keep processes, as a scheduled run would leave more of them each
 * time; and only if the policy allows it, as they use the host's resources for good.
 */
public final class KeptRuns {

  private static final Logger LOG = LoggerFactory.getLogger(KeptRuns.class);

  /** Bounds the groups of a plugin that leaves more processes at each run. */
  static final int MOST_OF_ONE = 4;

  private static final String OUT_OF_MEMORY =
      "the kernel ended it: it took more than plugins.limits.memory";

  private final KeptFile file;
  private final KeptUse use;
  private final List<KeptRun> all = new ArrayList<>();

  /** Groups whose processes hang in the kernel and must still be ended. */
  private final Set<Path> hanging = new HashSet<>();

  /** The plugins that may keep processes, by key; null: not known yet. */
  private @Nullable Map<String, Keeper> keepers;

  public KeptRuns(KeptFile file, KeptUse use) {
    this.file = file;
    this.use = use;
  }

  /**
   * Reads the groups of an earlier agent, and ends the processes of runs that weren't over. Call it
   * before anything else is ended.
   */
  public void load() {
    List<KeptRun> read = file.read();
    for (KeptRun run : read) {
      // the file may name any folder: only groups of the agent count
      if (run.group().exists() && !run.isOver()) {
        synchronized (this) {
          all.add(run);
        }
        if (!run.isKept()) {
          end(run, "the agent ended before its run did", false);
        }
      }
    }
    if (!read.isEmpty()) {
      saved();
    }
  }

  /**
   * Returns whether a process is a kept one.
   *
   * @param process its folder in {@code /proc}
   */
  public boolean holds(Path process) {
    Set<String> names = names();
    if (names.isEmpty()) {
      return false;
    }
    try {
      return ProcFile.read(process.resolve("cgroup"))
          .lines()
          .filter(line -> line.startsWith("0::"))
          .map(line -> line.substring(line.lastIndexOf('/') + 1))
          .anyMatch(names::contains);
    } catch (IOException e) {
      return false;
    }
  }

  private synchronized Set<String> names() {
    return all.stream()
        .filter(KeptRun::isKept)
        .map(run -> String.valueOf(run.folder().getFileName()))
        .collect(Collectors.toSet());
  }

  public synchronized boolean isEmpty() {
    return all.isEmpty();
  }

  /** Returns whether a plugin has kept processes. */
  public synchronized boolean has(String key) {
    return all.stream().anyMatch(run -> run.isKept() && run.key().equals(key));
  }

  /** Returns how many groups are kept, of one plugin or, for null, of all. */
  public synchronized long count(@Nullable String key) {
    return all.stream()
        .filter(run -> run.isKept() || hanging.contains(run.folder()))
        .filter(run -> key == null || run.key().equals(key))
        .count();
  }

  /** Returns why a plugin may not keep another group; empty: it may. */
  public synchronized String refusal(String key, String repository) {
    String mayNot = mayNot(key, repository);
    return mayNot.isEmpty()
            && all.stream().filter(run -> run.key().equals(key)).count() >= MOST_OF_ONE
        ? "the plugin has " + MOST_OF_ONE + " such groups already"
        : mayNot;
  }

  private synchronized String mayNot(String key, String repository) {
    if (keepers == null) {
      return "";
    }
    Keeper keeper = keepers.get(key);
    if (keeper == null) {
      return "the plugin may keep nothing";
    }
    if (!keeper.repository().equals(repository)) {
      return "the plugin of that name is another repository now";
    }
    return keeper.enabled() ? "" : "the plugin is disabled";
  }

  /**
   * Opens and saves a group for a run that may leave processes; {@link RunGroup#NONE} if there are
   * no control groups, or the run may not leave any.
   */
  public RunGroup begin(String key, String repository, RunGroups groups) {
    RunGroup group = refusal(key, repository).isEmpty() ? groups.openApart() : RunGroup.NONE;
    Path folder = group.folder();
    if (folder == null) {
      return group;
    }
    KeptRun run = new KeptRun(key, "", folder);
    synchronized (this) {
      if (refusal(key, repository).isEmpty()) {
        all.add(run);
        if (saved()) {
          return group;
        }
        all.remove(run);
      }
    }
    group.close();
    return RunGroup.NONE;
  }

  /**
   * Keeps the processes of a group whose run is over.
   *
   * @return false: they may not go on, or the group couldn't be saved
   */
  public synchronized boolean keep(String key, String repository, RunGroup group) {
    for (int i = 0; i < all.size(); i++) {
      KeptRun begun = all.get(i);
      if (begun.folder().equals(group.folder()) && mayNot(key, repository).isEmpty()) {
        all.set(i, begun.keptFor(repository));
        if (saved()) {
          LOG.info("plugin {}: keeps the processes that its run left in {}", key, begun.folder());
          return true;
        }
        all.set(i, begun);
      }
    }
    return false;
  }

  /** Ends a group of {@link #begin} after its run: its processes are ended unless they are kept. */
  public void over(RunGroup group) {
    List<KeptRun> begun;
    synchronized (this) {
      begun =
          all.stream().filter(run -> run.folder().equals(group.folder()) && !run.isKept()).toList();
    }
    begun.forEach(run -> end(run, "", false));
  }

  /** Sets which plugins may keep processes; ends the processes of all others. */
  public void keepOnly(Set<Keeper> now) {
    synchronized (this) {
      keepers = new HashMap<>();
      for (Keeper keeper : now) {
        keepers.put(keeper.key(), keeper);
      }
    }
    endWhere(run -> mayNot(run.key(), run.repository()), true);
  }

  /** Ends groups that use more than a run may, and forgets those whose processes have ended. */
  public void look() {
    for (KeptRun run : all()) {
      if (hanging(run)) {
        end(run, "", false);
      } else if (run.isKept() && run.isOver()) {
        boolean outOfMemory = run.group().ranOutOfMemory();
        end(run, outOfMemory ? OUT_OF_MEMORY : "", outOfMemory);
      }
    }
    endWhere(run -> use.tooMuch(run.group()), true);
    Map<String, Set<Long>> pids = new HashMap<>();
    all().stream()
        .filter(KeptRun::isKept)
        .forEach(
            run ->
                pids.computeIfAbsent(run.key(), unused -> new HashSet<>())
                    .addAll(run.group().pids()));
    pids.forEach(
        (key, of) -> {
          String problem = use.tooManyFiles(key, of);
          endWhere(run -> run.key().equals(key) ? problem : "", true);
        });
  }

  private void endWhere(Function<KeptRun, String> why, boolean scratchToo) {
    for (KeptRun run : all()) {
      String reason = run.isKept() ? why.apply(run) : "";
      if (!reason.isEmpty()) {
        end(run, reason, scratchToo);
      }
    }
  }

  private void end(KeptRun run, String why, boolean scratchToo) {
    if (!why.isEmpty()) {
      LOG.info(
          "plugin {}: ends the processes that its run left in {}, as {}",
          run.key(),
          run.folder(),
          why);
    }
    if (run.end()) {
      forget(run, scratchToo);
    } else {
      leave(run);
    }
  }

  private void forget(KeptRun run, boolean scratchToo) {
    // the last group is gone, so nothing uses the plugin's files any more
    run.group().close();
    boolean last;
    synchronized (this) {
      all.remove(run);
      hanging.remove(run.folder());
      saved();
      last = !has(run.key());
    }
    if (last && run.isKept()) {
      use.remove(run.key(), scratchToo, this::has);
    }
  }

  /** Leaves a group that survived SIGKILL, as it hangs in the kernel; the kill is retried. */
  private synchronized void leave(KeptRun run) {
    if (hanging.add(run.folder())) {
      LOG.warn("plugin {}: kill of the processes in {} failed, retrying", run.key(), run.folder());
      all.replaceAll(one -> one.equals(run) ? run.toBeEnded() : one);
      saved();
    }
  }

  private synchronized boolean hanging(KeptRun run) {
    return hanging.contains(run.folder());
  }

  private synchronized List<KeptRun> all() {
    return List.copyOf(all);
  }

  private synchronized boolean saved() {
    return file.write(all);
  }
}
