package io.loda.agent.source.script;

import io.loda.agent.config.AgentConfig;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;

/**
 * What stands before a plugin's own program: each step makes its change to the process and becomes
 * the next, so that none of them stays.
 */
final class PluginCommand {

  private static final List<String> FOLDERS =
      List.of("/usr/bin", "/bin", "/usr/sbin", "/sbin", "/usr/local/bin");

  private final PluginUser user;
  private final AgentConfig.Limits limits;
  private final HardLimits hard;
  private final String setsid;
  private final String prlimit;
  private final List<String> setpriv = new ArrayList<>();

  /**
   * Finds the programs; blocks.
   *
   * @throws IllegalStateException when one is missing that a safe run needs
   */
  PluginCommand(PluginUser user, AgentConfig.Limits limits) {
    this.user = user;
    this.limits = limits;
    this.hard = new HardLimits(Path.of("/proc/self/limits"));
    this.setsid = find("setsid", "for a session of its own");
    this.prlimit = find("prlimit", "for the limits of plugins.limits");
    if (user.switched()) {
      setpriv.addAll(
          List.of(
              find("setpriv", "to run plugins as " + user.name()),
              "--reuid=" + user.uid(),
              "--regid=" + user.groups().get(0),
              "--init-groups",
              "--no-new-privs"));
    }
  }

  /** The whole command of a run; blocks shortly. */
  List<String> of(Path program, List<String> arguments) {
    List<String> command = new ArrayList<>();
    command.add(setsid);
    command.addAll(
        List.of(
            prlimit,
            "--cpu=" + hard.atMost("Max cpu time", limits.cpu().toSeconds()),
            "--as=" + hard.atMost("Max address space", limits.memoryBytes()),
            "--nofile=" + hard.atMost("Max open files", limits.files()),
            "--nproc=" + hard.atMost("Max processes", processes()),
            "--fsize=" + hard.atMost("Max file size", limits.fileSizeBytes()),
            "--core=0"));
    command.addAll(setpriv);
    command.add(program.toString());
    command.addAll(arguments);
    return command;
  }

  /**
   * The system counts all threads of a user. The plugins' user has the plugins' only; where they
   * run as the agent's own user, what that one runs besides must not take their share.
   */
  private long processes() {
    if (user.switched()) {
      return limits.processes();
    }
    AtomicLong threads = new AtomicLong();
    ProcessStat.forEach(
        (process, stat) -> {
          if (PluginUser.ownerOf(process) == user.uid()) {
            threads.addAndGet(stat.threads());
          }
        });
    return threads.get() + limits.processes();
  }

  private static String find(String program, String why) {
    Optional<String> found =
        FOLDERS.stream()
            .map(folder -> folder + "/" + program)
            .filter(path -> Files.isExecutable(Path.of(path)))
            .findFirst();
    return found.orElseThrow(
        () ->
            new IllegalStateException(
                "script plugins can't run: no "
                    + program
                    + " in "
                    + String.join(", ", FOLDERS)
                    + " ("
                    + why
                    + "); install util-linux"));
  }
}
