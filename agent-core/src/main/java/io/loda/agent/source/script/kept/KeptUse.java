package io.loda.agent.source.script.kept;

import io.loda.agent.config.AgentConfig;
import io.loda.agent.source.script.cage.Leavings;
import io.loda.agent.source.script.cage.PluginRuns;
import io.loda.agent.source.script.cage.RunCommand;
import io.loda.agent.source.script.cage.ScratchFolders;
import io.loda.agent.source.script.cage.ScratchUse;
import io.loda.agent.source.script.process.RunGroup;
import io.loda.agent.source.script.process.RunMemory;
import io.loda.agent.source.script.system.ProcFile;
import io.loda.agent.source.script.system.ProcessStat;
import io.loda.agent.source.script.user.PluginUser;
import io.loda.agent.source.script.user.PluginUsers;
import io.loda.common.files.FileReason;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Measures what kept processes use, and removes the files that they leave. Any thread, one at a
 * time for a plugin; blocks.
 */
public final class KeptUse {

  private static final Logger LOG = LoggerFactory.getLogger(KeptUse.class);

  private final AgentConfig.Plugins config;
  private final PluginUsers users;
  private final ScratchFolders scratch;
  private final Leavings leavings;
  private final PluginRuns runs;
  private final RunCommand command;
  private final Map<String, ScratchUse> files = new ConcurrentHashMap<>();

  /**
   * Creates the measurement for all plugins.
   *
   * @param runs the current runs: their files aren't removed
   * @param command switches to a plugin's user
   */
  public KeptUse(
      AgentConfig.Plugins config,
      PluginUsers users,
      ScratchFolders scratch,
      Leavings leavings,
      PluginRuns runs,
      RunCommand command) {
    this.config = config;
    this.users = users;
    this.scratch = scratch;
    this.leavings = leavings;
    this.runs = runs;
    this.command = command;
  }

  /** Returns which limit the processes of a group exceed, in words; empty: none. */
  String tooMuch(RunGroup group) {
    List<Long> pids = group.pids();
    RunMemory memory = new RunMemory();
    long tasks = 0;
    for (long pid : pids) {
      try {
        String status = ProcFile.read(ProcessStat.living(pid).resolve("status"));
        memory.add(status);
        tasks += RunMemory.number(status, "\nThreads:");
      } catch (IOException e) {
        // the process has ended
      }
    }
    AgentConfig.Limits limits = config.limits();
    if (tasks > limits.processes()) {
      return "it had "
          + tasks
          + " processes, threads included, more than plugins.limits.processes ("
          + limits.processes()
          + ")";
    }
    long most = limits.memoryBytes() / 1024;
    long kilobytes =
        memory.kilobytes() > most ? RunMemory.exactKilobytes(pids) : memory.kilobytes();
    return kilobytes <= most
        ? ""
        : "its processes together had "
            + kilobytes
            + " KiB of memory, more than plugins.limits.memory ("
            + limits.memoryBytes()
            + " bytes)";
  }

  /**
   * Returns what exceeds the limits in a plugin's scratch folder and in world-writable folders, in
   * words; empty: nothing.
   *
   * @param pids of its kept processes
   */
  String tooManyFiles(String key, Set<Long> pids) {
    Optional<PluginUser> user = user(key);
    return user.isEmpty()
        ? ""
        : files
            .computeIfAbsent(
                key,
                unused ->
                    new ScratchUse(
                        folder(key), config.maxScratchBytes(), leavings, user.get().exclusiveUid()))
            .measure(pids, pids);
  }

  /**
   * Removes a plugin's files outside its scratch folder, when it has no run.
   *
   * @param scratchToo empties the scratch folder too
   * @param uses returns whether a plugin has kept processes again, which may use the files
   */
  void remove(String key, boolean scratchToo, Predicate<String> uses) {
    files.remove(key);
    runs.whenNone(
        key,
        () -> {
          Optional<PluginUser> user = user(key);
          if (user.isEmpty() || uses.test(key)) {
            return;
          }
          RunCommand own = command.as(user.get());
          long ownUid = user.get().exclusiveUid();
          Leavings.remove(leavings.last(new Leavings.Owner(ownUid, Set.of(), 0)), own);
          if (scratchToo && !ScratchFolders.empty(folder(key), own)) {
            LOG.warn("plugin {}: delete of the files in {} failed", key, folder(key));
          }
        });
  }

  private Path folder(String key) {
    int end = key.lastIndexOf('|');
    return scratch.path(key.substring(0, Math.max(end, 0)), key.substring(end + 1));
  }

  /** Returns the plugin's user; empty: it has none any more. */
  private Optional<PluginUser> user(String key) {
    try {
      return users.given(key);
    } catch (IOException e) {
      LOG.warn("plugin {}: its user isn't known: {}", key, FileReason.of(e));
      return Optional.empty();
    }
  }
}
