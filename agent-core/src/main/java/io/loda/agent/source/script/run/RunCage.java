package io.loda.agent.source.script.run;

import io.loda.agent.config.AgentConfig;
import io.loda.agent.source.script.cage.Leavings;
import io.loda.agent.source.script.cage.PluginEntry;
import io.loda.agent.source.script.cage.PluginRuns;
import io.loda.agent.source.script.cage.RunCommand;
import io.loda.agent.source.script.cage.ScratchFolders;
import io.loda.agent.source.script.cage.ScratchWatch;
import io.loda.agent.source.script.cage.Spawner;
import io.loda.agent.source.script.kept.KeptFile;
import io.loda.agent.source.script.kept.KeptRuns;
import io.loda.agent.source.script.kept.KeptUse;
import io.loda.agent.source.script.process.OutputPipes;
import io.loda.agent.source.script.process.PluginProcess;
import io.loda.agent.source.script.process.RunGroup;
import io.loda.agent.source.script.process.RunGroups;
import io.loda.agent.source.script.process.RunOutput;
import io.loda.agent.source.script.process.RunSigns;
import io.loda.agent.source.script.process.StaleRuns;
import io.loda.agent.source.script.process.Survivors;
import io.loda.agent.source.script.process.UserProcesses;
import io.loda.agent.source.script.result.RunResult;
import io.loda.agent.source.script.result.StartFailure;
import io.loda.agent.source.script.system.Command;
import io.loda.agent.source.script.user.Access;
import io.loda.agent.source.script.user.PluginUser;
import io.loda.agent.source.script.user.PluginUsers;
import io.loda.agent.source.script.user.UserThreads;
import io.loda.common.files.FileReason;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs a plugin inside its bounds: control group, user, environment, folders and time-out. Blocks
 * the caller for the whole run; any number of threads may call.
 */
final class RunCage {

  private static final Logger LOG = LoggerFactory.getLogger(RunCage.class);
  private static final Path NOTHING = Path.of("/bin/true");
  private static final long FEW_PROCESSES = 64;

  private final AgentConfig.Plugins config;
  private final PluginUsers users;
  private final Supplier<Duration> maxTimeout;
  private final OutputPipes pipes;
  private final RunGroups groups;
  private final ScratchFolders scratch;
  private final Survivors survivors;
  private final KeptRuns kept;
  private final Leavings leavings = new Leavings();
  private final PluginRuns runs = new PluginRuns();
  private final RunCommand anyone;
  private final RunQueue queue;
  private final Spawner spawner = new Spawner();

  /** The running processes, with their user ids. */
  private final Map<PluginProcess, Long> running = new ConcurrentHashMap<>();

  private volatile boolean closing;

  /** Whether some run had no control group. */
  private volatile boolean ungrouped;

  /**
   * Creates a cage without runs.
   *
   * @param maxTimeout bounds the time-out of every run
   * @param queue is told whether a run uses processor time
   * @param anyone the command that switches to a plugin's user
   */
  RunCage(
      AgentConfig.Plugins config,
      PluginUsers users,
      Supplier<Duration> maxTimeout,
      RunGroups groups,
      Survivors survivors,
      RunQueue queue,
      RunCommand anyone) {
    this.config = config;
    this.users = users;
    this.maxTimeout = maxTimeout;
    this.groups = groups;
    this.survivors = survivors;
    this.queue = queue;
    this.anyone = anyone;
    this.pipes = new OutputPipes(config.dir().resolve(".pipes"));
    this.scratch = new ScratchFolders(scratchOf(config));
    this.kept =
        new KeptRuns(
            new KeptFile(config.dir().resolve(".kept")),
            new KeptUse(config, users, scratch, leavings, runs, anyone));
  }

  private static Path scratchOf(AgentConfig.Plugins config) {
    return config.dir().resolve(".scratch");
  }

  /**
   * Ends what a killed agent left, and logs what contains the processes of a run. Returns null, for
   * a future.
   */
  @Nullable Void prepare() {
    kept.load();
    StaleRuns.end(scratchOf(config), users.any(), kept::holds);
    try {
      StaleRuns.said(UserProcesses.end(users.all(), kept::holds).others());
    } catch (IOException e) {
      LOG.warn(
          "plugins: look-up of their users failed, processes of an earlier agent may be left: {}",
          FileReason.of(e));
    }
    groups.parent();
    return null;
  }

  /** Frees the users of removed plugins, after ending their processes and deleting their files. */
  void forget(Set<String> keys) throws IOException {
    for (String key : keys) {
      Optional<PluginUser> user = users.known(key);
      if (user.isPresent()) {
        UserProcesses.end(Set.of(user.get().uid()));
        Leavings.remove(
            leavings.last(new Leavings.Owner(user.get().uid(), Set.of(), 0)),
            anyone.as(user.get()));
        pipes.forget(user.get().uid());
      }
    }
    users.forget(keys);
  }

  /** Returns the processes that runs left and that may go on. */
  KeptRuns kept() {
    return kept;
  }

  /** Returns what contains the processes of a run, in words. */
  String description() {
    return groups.description();
  }

  boolean isClosing() {
    return closing;
  }

  /** Runs the plugin of a folder, in the caller's thread; every failure is in the result. */
  RunResult run(Callable<Path> folder, RunRequest run, RunCommand command, RunOutput output)
      throws InterruptedException {
    if (closing || run.cancellation().isCancelled()) {
      return stopping();
    }
    String left = survivors.of(run.plugin());
    if (!left.isEmpty()) {
      return RunResult.startFailed(
          "refused: processes of an earlier run can't be ended: "
              + left
              + "; end them by hand, and find out why the plugin starts them");
    }
    PluginUser user;
    try {
      user = users.of(run.namespace(), run.project());
    } catch (IOException e) {
      return RunResult.startFailed(FileReason.of(e));
    }
    Wanted wanted = new Wanted(folder, run, user, command.as(user), output);
    UserThreads threads = wanted.command.threads();
    long besides = Math.max(besides(run, user), threads.hidden());
    RunResult result = runOnce(wanted, besides);
    while (StartFailure.isCrowded(result) && !closing && isCrowded(wanted.command, besides)) {
      besides = threads.moreThan(besides);
      if (besides < 0) {
        return result;
      }
      result = runOnce(wanted, besides);
    }
    return result;
  }

  /**
   * A run that is wanted.
   *
   * @param command switches to the user
   */
  private record Wanted(
      Callable<Path> folder,
      RunRequest run,
      PluginUser user,
      RunCommand command,
      RunOutput output) {}

  /**
   * Returns whether a run failed because its user has too many processes. A plugin could fake that
   * to get a larger limit, so another program is tried.
   */
  private static boolean isCrowded(RunCommand command, long besides) {
    return !Command.run(command.of(RunGroup.NONE, besides, NOTHING, List.of()));
  }

  /**
   * Returns how many tasks of the same user to add to a run's limit: otherwise a run that forks
   * without end would keep others of its user from starting. Kept processes count with their own
   * bound, up to which they may grow.
   */
  private long besides(RunRequest run, PluginUser user) {
    long tasks =
        kept.count(user.exclusiveUid() < 0 ? null : run.plugin()) * config.limits().processes();
    for (Map.Entry<PluginProcess, Long> other : running.entrySet()) {
      if (other.getValue() == user.uid()) {
        tasks += other.getKey().tasks();
      }
    }
    return tasks;
  }

  private RunResult runOnce(Wanted wanted, long besides) throws InterruptedException {
    RunRequest run = wanted.run;
    String plugin = run.plugin();
    runs.begin(plugin);
    RunGroup apart = run.keeps() ? kept.begin(plugin, run.keepFor(), groups) : RunGroup.NONE;
    try (RunGroup group = apart.exists() ? apart : groups.open()) {
      if (!group.exists()) {
        ungrouped = true;
      }
      RunResult result = runIn(wanted, group, apart.exists(), besides);
      boolean left = result.usage().kept() + result.usage().leftovers() > 0;
      return !left
              || !run.keeps()
              || (result.usage().kept() > 0
                  && result.ok()
                  && kept.keep(plugin, run.keepFor(), group))
          ? result
          : nothingKept(apart, run, result);
    } finally {
      kept.over(apart);
      runs.end(plugin, () -> clear(wanted));
    }
  }

  private RunResult nothingKept(RunGroup apart, RunRequest run, RunResult result) {
    RunGroups.end(apart);
    String refusal = kept.refusal(run.plugin(), run.keepFor());
    String why =
        !result.ok()
            ? "the run failed"
            : refusal.isEmpty() ? "this host has no control group for them" : refusal;
    return result.withNothingKept(why);
  }

  /** Cleans up after a plugin with its own user: processes outside a group, and files. */
  private void clear(Wanted wanted) {
    RunRequest run = wanted.run;
    long ownUid = wanted.user.exclusiveUid();
    if (ownUid < 0) {
      return;
    }
    // a process can't leave its control group: search only if some run had none
    if (ungrouped) {
      survivors.add(run.plugin(), UserProcesses.end(Set.of(ownUid), kept::holds).survivors());
    }
    if (kept.has(run.plugin())) {
      // kept processes may use the files
      return;
    }
    Leavings.remove(leavings.of(new Leavings.Owner(ownUid, Set.of(), 0)), wanted.command);
  }

  private RunResult runIn(Wanted wanted, RunGroup group, boolean keep, long besides)
      throws InterruptedException {
    RunRequest run = wanted.run;
    PluginUser user = wanted.user;
    RunCommand command = wanted.command;
    long ownUid = user.exclusiveUid();
    PluginProcess process;
    Path ready;
    Path program;
    Path own;
    ScratchWatch watch;
    try {
      ready = wanted.folder.call();
      program = PluginEntry.find(ready);
      own = scratch.of(run.namespace(), run.project(), user);
      watch = new ScratchWatch(own, config.maxScratchBytes(), leavings, ownUid, wanted.output);
      process =
          new PluginProcess(
              () -> pipes.open(user.uid()),
              spawner::start,
              group,
              RunSigns.Environments.of(user),
              command.of(group, besides, program, run.arguments()),
              ready,
              environment(run, user, own),
              timeout(run),
              watch,
              new PluginProcess.Most(
                  config.maxOutputBytes(),
                  nearlyAll(config.limits().processes()),
                  config.limits().memoryBytes(),
                  keep && group.exists()),
              busy -> queue.busy(run.turn(), busy));
    } catch (InterruptedException e) {
      throw e;
    } catch (Exception e) {
      return RunResult.startFailed(FileReason.of(e));
    }
    running.put(process, user.uid());
    run.cancellation().begin(process);
    try {
      if (closing) {
        process.cancel();
      }
      RunResult result = process.run();
      survivors.add(run.plugin(), process.survivors());
      if (result.outcome() == RunResult.Outcome.EXIT) {
        result = unreachable(result, user, ready, program);
      }
      String tooMuch = watch.measure();
      if (ownUid < 0) {
        Leavings.remove(watch.left(), command);
      }
      return tooMuch.isEmpty() ? result : overfull(result, own, watch, command);
    } finally {
      run.cancellation().end(process);
      running.remove(process);
    }
  }

  /**
   * Returns how many processes a run may have before it counts as reaching its user's limit. If the
   * limit is small, the run may use all.
   */
  private static long nearlyAll(long processes) {
    return processes < FEW_PROCESSES ? processes + 1 : processes - processes / 16;
  }

  /**
   * Reports a failed start if the interpreter couldn't read the program: that isn't an exit of the
   * plugin.
   */
  private static RunResult unreachable(
      RunResult result, PluginUser user, Path folder, Path program) {
    try {
      if (!result.stderr().contains(program.toString())
          || new Access(user).canRun(folder, program)) {
        return result;
      }
    } catch (IOException e) {
      return result;
    }
    return result.failed(
        RunResult.Outcome.START_FAILED, StartFailure.unreachable(program, "Permission denied"));
  }

  /**
   * Fails a run that exceeded its scratch folder, and empties the folder: otherwise the next run
   * would fail, too.
   */
  private static RunResult overfull(
      RunResult result, Path own, ScratchWatch watch, RunCommand command) {
    String became = "";
    if (watch.scratchFull()) {
      became =
          ScratchFolders.empty(own, command)
              ? "; it was emptied"
              : "; not all of it could be deleted, the next run retries";
    }
    String besides =
        result.ok() || result.outcome() == RunResult.Outcome.OUTPUT_TOO_LARGE
            ? ""
            : "; " + result.detail();
    return result.failed(RunResult.Outcome.OUTPUT_TOO_LARGE, watch.measure() + became + besides);
  }

  private Map<String, String> environment(RunRequest run, PluginUser user, Path own) {
    Map<String, String> environment = new HashMap<>();
    environment.put("PATH", RunCommand.PATH);
    environment.put("HOME", user.home().isEmpty() ? own.toString() : user.home());
    environment.put("LANG", "C.UTF-8");
    environment.putAll(config.env());
    environment.put("PLUGIN_NAME", run.name());
    environment.put("PLUGIN_NAMESPACE", run.namespace());
    environment.put("PLUGIN_INTERVAL", Long.toString(run.interval().toSeconds()));
    environment.put("PLUGIN_SCRATCH", own.toString());
    return environment;
  }

  /** Returns the run's time-out within the policy's; a stream has none. */
  private Duration timeout(RunRequest run) {
    Duration most = maxTimeout.get();
    return run.timeout().equals(ScriptRunner.FOR_EVER) || run.timeout().compareTo(most) <= 0
        ? run.timeout()
        : most;
  }

  /** Returns the result of a run that doesn't begin because the agent stops. */
  static RunResult stopping() {
    return RunResult.startFailed("the agent stops");
  }

  /** Ends all runs, and begins no more. */
  void cancel() {
    closing = true;
    running.keySet().forEach(PluginProcess::cancel);
  }

  /** Releases its resources; call it when nothing runs. Returns null, for a future. */
  @Nullable Void close() throws IOException {
    pipes.close();
    groups.close();
    spawner.close();
    users.close();
    return null;
  }
}
