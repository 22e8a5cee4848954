package io.loda.agent.source.script;

import io.loda.agent.config.AgentConfig;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * What stands before a plugin's own program: each step makes its change to the process and becomes
 * the next, so that none of them stays.
 */
final class PluginCommand {

  private static final List<String> FOLDERS =
      List.of("/usr/bin", "/bin", "/usr/sbin", "/sbin", "/usr/local/bin");

  private final List<String> before = new ArrayList<>();

  /**
   * Finds the programs; blocks.
   *
   * @throws IllegalStateException when one is missing that a safe run needs
   */
  PluginCommand(PluginUser user, AgentConfig.Limits limits) {
    before.add(find("setsid", "for a session of its own"));
    before.addAll(
        List.of(
            find("prlimit", "for the limits of plugins.limits"),
            "--cpu=" + limits.cpu().toSeconds(),
            "--as=" + limits.memoryBytes(),
            "--nofile=" + limits.files(),
            "--nproc=" + limits.processes(),
            "--fsize=" + limits.fileSizeBytes(),
            "--core=0"));
    if (user.switched()) {
      before.addAll(
          List.of(
              find("setpriv", "to run plugins as " + user.name()),
              "--reuid=" + user.uid(),
              "--regid=" + user.groups().get(0),
              "--init-groups",
              "--no-new-privs"));
    }
  }

  List<String> of(Path program, List<String> arguments) {
    List<String> command = new ArrayList<>(before);
    command.add(program.toString());
    command.addAll(arguments);
    return command;
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

  /** For the log: the steps without the plugin. */
  @Override
  public String toString() {
    return String.join(" ", Stream.of(before).flatMap(List::stream).toList());
  }
}
