package io.loda.agent.source.script.process;

import io.loda.agent.source.script.system.ProcFile;
import io.loda.agent.source.script.system.ProcessStat;
import io.loda.agent.source.script.system.ProcessUser;
import io.loda.agent.source.script.system.RunMark;
import io.loda.agent.source.script.user.PluginUser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Ends plugins that a killed agent left outside a control group: otherwise they would run on beside
 * the new ones. They are recognised by their mark, which must be in both environment and limit, so
 * that a plugin that somebody runs by hand isn't ended.
 */
public final class StaleRuns {

  private static final Logger LOG = LoggerFactory.getLogger(StaleRuns.class);

  private StaleRuns() {}

  /**
   * Ends such plugins. Blocks for at most 10 s.
   *
   * @param user of plugins; if each has its own, all their processes are ended anyway
   * @param kept returns whether a process, by its folder in {@code /proc}, may go on
   * @param scratch the folder of this agent's scratch folders, by which its runs are recognised
   */
  public static void end(Path scratch, PluginUser user, Predicate<Path> kept) {
    Set<RunMark> marks = marks(scratch, user, kept);
    said(ProcessTree.end(() -> members(marks)).others());
  }

  /** Logs how many processes were ended, if any. */
  public static void said(int ended) {
    if (ended > 0) {
      LOG.info("plugins: ended {} processes that an earlier agent left", ended);
    }
  }

  private static Set<RunMark> marks(Path scratch, PluginUser user, Predicate<Path> kept) {
    Set<RunMark> marks = new HashSet<>();
    Path own = Path.of("/proc/self");
    ProcessStat.forEach(
        (process, stat) -> {
          try {
            Path living = stat.living(process);
            if (!mounts(living).equals(mounts(own))) {
              // it is in a container, where the same path is another folder, of another agent
              return;
            }
            if (!mayBeOf(user, process) || kept.test(process)) {
              return;
            }
            String environment = ProcFile.read(living.resolve("environ"));
            if (environment.contains("PLUGIN_SCRATCH=" + scratch + "/")) {
              RunMark.ofEnvironment(environment)
                  .filter(mark -> !stat.ended() && isIn(mark, process))
                  .ifPresent(marks::add);
            }
          } catch (IOException e) {
            // it is gone, or may not be read
          }
        });
    return marks;
  }

  /**
   * Returns whether to read a process's environment: that of another user's process may hang the
   * reader.
   */
  private static boolean mayBeOf(PluginUser user, Path process) throws IOException {
    long uid = ProcessUser.realUid(process);
    return uid == PluginUser.ownUid() || uid == user.uid();
  }

  private static Path mounts(Path process) throws IOException {
    return Files.readSymbolicLink(process.resolve("ns/mnt"));
  }

  private static List<ProcessHandle> members(Set<RunMark> marks) {
    List<ProcessHandle> members = new ArrayList<>();
    if (!marks.isEmpty()) {
      ProcessStat.forEach(
          (process, stat) -> {
            if (!stat.ended() && marks.stream().anyMatch(mark -> isIn(mark, process))) {
              ProcessHandle.of(Long.parseLong(process.getFileName().toString()))
                  .ifPresent(members::add);
            }
          });
    }
    return members;
  }

  private static boolean isIn(RunMark mark, Path process) {
    try {
      return mark.isIn(ProcFile.read(process.resolve("limits")));
    } catch (IOException e) {
      return false;
    }
  }
}
