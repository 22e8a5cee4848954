package io.loda.agent.cli.check;

import io.loda.agent.assignment.Assignment;
import io.loda.agent.assignment.GitAddress;
import io.loda.agent.assignment.Item;
import io.loda.agent.config.AgentConfig;
import io.loda.agent.source.JavaPlugins;
import io.loda.agent.source.script.LocalFolder;
import io.loda.common.files.FileReason;
import io.loda.common.files.Opened;
import io.loda.common.files.SafeFiles;
import io.loda.common.files.allowed.LocalRoots;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Checks whether the things that an item names are on this host: a folder, a repository in a
 * folder, a jar. A running agent would report it only when it runs the item. Blocks shortly.
 */
final class ItemCheck {

  private static final String FILE = "file://";
  private static final int MOST_JARS = 10_000;

  private final AgentConfig config;
  private final JavaPlugins builtin;

  /**
   * Makes a check.
   *
   * @param builtin the plugins on the class path
   */
  ItemCheck(AgentConfig config, JavaPlugins builtin) {
    this.config = config;
    this.builtin = builtin;
  }

  /** Says why it can't be collected; empty: no reason is visible before a run. */
  Optional<String> problem(Assignment assignment) {
    if (assignment instanceof Assignment.Script script) {
      return script(script.git());
    }
    if (assignment instanceof Assignment.JavaPlugin plugin
        && !builtin.has(plugin.name())
        && !hasJars()) {
      return Optional.of(
          "no Java plugin \""
              + plugin.name()
              + "\" is built in, and plugins.java-dir "
              + config.plugins().javaDir()
              + " has no jar");
    }
    return Optional.empty();
  }

  private Optional<String> script(String git) {
    if (git.startsWith(GitAddress.PATH)) {
      Path folder = config.host().home().resolve(git.substring(GitAddress.PATH.length()));
      return LocalFolder.problem(
              folder.normalize(), config.plugins().pathTrust(), config.plugins().localRoots())
          .map(why -> "git: " + why);
    }
    if (!git.startsWith(FILE)) {
      return Optional.empty();
    }
    Path repository = Path.of(git.substring(FILE.length()));
    if (!Files.isDirectory(repository)) {
      return Optional.of("git: " + repository + ": expected a repository, found none");
    }
    try {
      new LocalRoots(config.plugins().localRoots()).check(repository);
      return Optional.empty();
    } catch (IOException e) {
      return Optional.of("git: " + FileReason.of(e));
    }
  }

  private boolean hasJars() {
    try (Opened folder = SafeFiles.openFolder(config.plugins().javaDir())) {
      return folder.names(MOST_JARS).stream().anyMatch(jar -> jar.toString().endsWith(".jar"));
    } catch (IOException e) {
      return false;
    }
  }

  /** Returns the item's interval in seconds if it is raised; 0: it isn't. */
  long raisedSeconds(Item item) {
    String interval = item.get("interval").strip();
    long seconds = interval.matches("[0-9]{1,9}") ? Long.parseLong(interval) : 0;
    return seconds < config.plugins().minInterval().toSeconds() ? seconds : 0;
  }
}
