package io.loda.agent.source.script.cage;

import io.loda.agent.config.AgentConfig;
import io.loda.agent.source.script.process.RunGroup;
import io.loda.agent.source.script.result.StartFailure;
import io.loda.agent.source.script.system.Command;
import io.loda.agent.source.script.user.PluginUser;
import io.loda.agent.source.script.user.UserThreads;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The command line before a plugin's own program. Each step changes the process and executes the
 * next, so that no extra process remains: first a shell, which enters the control group and sets
 * umask and limits, then {@code setsid}, then {@code setpriv} if the user changes.
 *
 * <p>{@code su} and {@code sudo} would stay as a parent, open a PAM session and log each run.
 * {@code setpriv} also sets the groups and {@code no_new_privs}, so that a setuid program is of no
 * use to a plugin. The soft limit on processor time is one second below the hard one: at the soft
 * one the kernel sends SIGXCPU, which says what it was; SIGKILL may come from anybody.
 */
public final class RunCommand {

  private static final List<String> FOLDERS =
      List.of("/usr/bin", "/bin", "/usr/sbin", "/sbin", "/usr/local/bin");

  /** The {@code PATH} of runs. */
  public static final String PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

  private static final long KIBIBYTE = 1024;

  /** POSIX's unit of file sizes; bash uses it only when told to. */
  private static final long BLOCK = 512;

  private static final List<String> NO_CAPABILITIES =
      List.of("--inh-caps=-all", "--ambient-caps=-all", "--bounding-set=-all");

  private static final Pattern FILE_SIZE = Pattern.compile("Max file size +(?<bytes>\\d+) .*");

  private final PluginUser user;
  private final AgentConfig.Limits limits;
  private final UserThreads threads;
  private final HardLimits hard;
  private final String env;
  private final String setsid;
  private final String shell;
  private final String processesOption;
  private final long blockBytes;
  private final List<String> fence;
  private final List<String> setpriv;

  /**
   * The commands of other users, made by {@link #as}; all commands share what is known of a user's
   * threads.
   */
  private final Map<PluginUser, RunCommand> others = new ConcurrentHashMap<>();

  /**
   * Finds the programs; blocks.
   *
   * @param fence options for {@code setpriv}, from {@link Fence}
   * @throws IllegalStateException when a program is missing that a safe run needs
   */
  public RunCommand(PluginUser user, AgentConfig.Limits limits, List<String> fence) {
    this(user, limits, fence, find("sh", "for the limits of plugins.limits"));
  }

  /** Like its overload, with this shell. */
  RunCommand(PluginUser user, AgentConfig.Limits limits, List<String> fence, String shell) {
    this.user = user;
    this.limits = limits;
    this.threads = new UserThreads(user);
    this.hard = new HardLimits(Path.of("/proc/self/limits"));
    this.env = find("env", "to empty scratch folders");
    this.setsid = find("setsid", "for a session of its own");
    this.shell = shell;
    // dash calls it -p, which means something else in bash and ksh
    this.processesOption =
        Command.run(List.of(shell, "-c", "ulimit -u >/dev/null 2>&1")) ? "-u" : "-p";
    this.blockBytes = blockBytes(shell);
    this.fence = fence;
    this.setpriv = setpriv(user, fence);
  }

  private RunCommand(RunCommand other, PluginUser user) {
    this.user = user;
    this.limits = other.limits;
    this.threads = new UserThreads(user);
    this.hard = other.hard;
    this.env = other.env;
    this.setsid = other.setsid;
    this.shell = other.shell;
    this.processesOption = other.processesOption;
    this.blockBytes = other.blockBytes;
    this.fence = other.fence;
    this.setpriv = setpriv(user, fence);
  }

  /** Returns the same command for another user. */
  public RunCommand as(PluginUser user) {
    return user.equals(this.user)
        ? this
        : others.computeIfAbsent(user, other -> new RunCommand(this, other));
  }

  private static List<String> setpriv(PluginUser user, List<String> fence) {
    if (!user.switched()) {
      return List.of();
    }
    List<String> setpriv = new ArrayList<>();
    setpriv.add(find("setpriv", "to run plugins as " + user.name()));
    if (user.isEach()) {
      return List.of(); // each plugin's command says whom it becomes
    }
    setpriv.add("--reuid=" + user.uid());
    setpriv.add("--regid=" + user.groups().get(0));
    // a user without an entry in passwd has only its own group
    setpriv.add(user.groups().size() == 1 ? "--groups=" + user.groups().get(0) : "--init-groups");
    setpriv.add("--no-new-privs");
    if (user.uid() != 0) {
      // root gets them back at its next exec
      setpriv.addAll(NO_CAPABILITIES);
    }
    setpriv.addAll(fence);
    return setpriv;
  }

  /** Options that keep plugins of this user from namespaces; blocks. */
  public static List<String> fence(PluginUser user, Path folder) {
    return user.switched()
        ? Fence.options(find("setpriv", "to run plugins as " + user.name()), folder)
        : List.of();
  }

  /** Returns the thread counts of the plugin's user; blocks shortly. */
  public UserThreads threads() {
    return threads;
  }

  /** Runs a command of the agent as the plugin's user, without the agent's environment. */
  List<String> asUser(String... program) {
    List<String> command = new ArrayList<>(List.of(env, "-i", "PATH=" + PATH));
    command.addAll(becoming());
    command.addAll(List.of(program));
    return command;
  }

  /** Returns the steps that switch to the plugin's user; they fail rather than stay root. */
  public List<String> becoming() {
    if (user.isEach()) {
      throw new IllegalStateException("expected a plugin's own user, found none chosen");
    }
    return setpriv;
  }

  /**
   * Returns the whole command of a run; blocks shortly.
   *
   * @param besides how many processes the plugin's user is known to have already
   */
  public List<String> of(RunGroup group, long besides, Path program, List<String> arguments) {
    List<String> command = new ArrayList<>();
    command.addAll(List.of(shell, "-c", script(besides), "sh", group.entry(), setsid));
    command.addAll(becoming());
    command.add(program.toString());
    command.addAll(arguments);
    return command;
  }

  /**
   * Returns the shell script that sets the limits. When memory runs out the kernel should kill a
   * plugin, not a database. Each limit except CPU seconds is both soft and hard. A step that fails
   * prints {@link StartFailure#CAGE} and the plugin doesn't run; except the mark, which a host may
   * not allow.
   */
  private String script(long besides) {
    // other processes of the agent's own user must not use up the plugin's share
    long processes =
        limits.processes() + (user.switched() ? besides : Math.max(besides, threads.recent()));
    return "[ -z \"$1\" ] || echo 0 >\"$1\" || { echo '"
        + StartFailure.CAGE
        + "' \"$1\" >&2; exit "
        + StartFailure.CAGE_FAILED
        + "; }; shift; echo 1000 2>/dev/null >/proc/self/oom_score_adj; umask 022; ulimit -m \"$PLUGIN_RUN\" 2>/dev/null; "
        + String.join(
            " && ",
            // the soft limit's signal names the cause, the hard one ends a process that ignores it
            "ulimit -S -t " + hard.atMost("Max cpu time", limits.cpu().toSeconds()),
            "ulimit -H -t " + hard.atMost("Max cpu time", limits.cpu().toSeconds() + 1),
            "ulimit -v " + addresses(),
            "ulimit -n " + hard.atMost("Max open files", limits.files()),
            "ulimit " + processesOption + " " + hard.atMost("Max processes", processes),
            "ulimit -f " + hard.atMost("Max file size", limits.fileSizeBytes()) / blockBytes,
            "ulimit -c 0")
        + " || { echo '"
        + StartFailure.CAGE
        + "' limits >&2; exit "
        + StartFailure.CAGE_FAILED
        + "; }; unset PWD OLDPWD SHLVL; exec \"$@\"";
  }

  /** Returns the limit in KiB, or unlimited: a JVM reserves many times what it uses. */
  private String addresses() {
    long wanted = limits.addressSpaceBytes() == 0 ? Long.MAX_VALUE : limits.addressSpaceBytes();
    long most = hard.atMost("Max address space", wanted);
    return most == Long.MAX_VALUE ? "unlimited" : Long.toString(most / KIBIBYTE);
  }

  /** Finds a shell's unit of file sizes by setting the limit and reading it back. */
  private static long blockBytes(String shell) {
    String set =
        Command.firstLine(
            shell,
            "-c",
            "ulimit -f 1; while read -r line; do case $line in *'file size '[0-9]*)"
                + " echo \"$line\";; esac; done </proc/self/limits");
    Matcher matcher = FILE_SIZE.matcher(set);
    return matcher.matches() ? Long.parseLong(matcher.group("bytes")) : BLOCK;
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
