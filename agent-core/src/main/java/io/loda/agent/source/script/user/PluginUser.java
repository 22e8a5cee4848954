package io.loda.agent.source.script.user;

import io.loda.agent.config.AgentConfig;
import io.loda.agent.config.Glob;
import io.loda.agent.config.Policy;
import io.loda.agent.source.script.system.Command;
import io.loda.common.config.Problem;
import io.loda.common.files.SafeFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * The user that a script plugin runs as.
 *
 * @param home empty: the plugin's scratch folder
 * @param switched true: a run switches to that user, which only root can
 * @param groups ids, the user's own group first
 */
public record PluginUser(String name, long uid, List<Long> groups, String home, boolean switched) {

  private static final int MOST_PASSWD_BYTES = 16 << 20;
  private static final Set<String> NOBODY_SPECIAL = Set.of("nobody", PluginUsers.AUTO);

  /** Stands for the users of all plugins if each plugin has its own. */
  static final PluginUser EACH = new PluginUser(PluginUsers.AUTO, -1, List.of(), "", true);

  public PluginUser {
    groups = List.copyOf(groups);
  }

  /** Returns its name in the log. */
  public String description() {
    return isEach() ? "a user of its own" : name;
  }

  /** Returns whether it stands for many users: each plugin has its own. */
  public boolean isEach() {
    return equals(EACH);
  }

  /** Returns the id of a user that only one plugin runs as; negative: others do too. */
  public long exclusiveUid() {
    return switched && home.isEmpty() ? uid : -1;
  }

  /** Returns the user id of this process. */
  public static long ownUid() {
    long uid = ownerOf(Path.of("/proc/self"));
    return uid < 0 && "root".equals(System.getProperty("user.name")) ? 0 : uid;
  }

  /** Returns the user id of a file's owner; −1: unknown. */
  public static long ownerOf(Path file) {
    try {
      return ((Integer) Files.getAttribute(file, "unix:uid")).longValue();
    } catch (IOException | UnsupportedOperationException e) {
      return -1;
    }
  }

  /**
   * Looks the configured user up; blocks.
   *
   * @throws BadUser when plugins can't or must not run as that user
   */
  public static PluginUser of(AgentConfig.Plugins config, long ownUid) throws BadUser {
    if (ownUid != 0) {
      String own = System.getProperty("user.name", "?");
      if (own.equals("?")) {
        // the JDK's name for a user without one
        own = Long.toString(ownUid);
      }
      // "auto" and "nobody" mean no special user: an agent that isn't root has no choice
      if (!config.user().equals(own) && !NOBODY_SPECIAL.contains(config.user())) {
        throw new BadUser(
            own + " (an agent that is not root runs plugins as its own user)", config.user());
      }
      return new PluginUser(own, ownUid, List.of(), System.getProperty("user.home", "/"), false);
    }
    if (config.user().equals(PluginUsers.AUTO)) {
      return EACH;
    }
    PluginUser user = lookUp(config.user());
    if (user.uid() == 0 && !config.allowRoot()) {
      throw new BadUser("a user that is not root, unless plugins.allow-root = true", user.name());
    }
    return user;
  }

  /**
   * Returns this user if the policies allow it.
   *
   * @throws BadUser if not
   */
  public PluginUser allowedBy(List<Policy> policies) throws BadUser {
    for (Policy policy : policies) {
      if (policy.users().stream().noneMatch(glob -> glob.matches(name))) {
        throw new BadUser(
            "a user that "
                + policy.file()
                + " allows (allow-users: "
                + policy.users().stream().map(Glob::toString).collect(Collectors.joining(", "))
                + ')',
            name);
      }
    }
    return this;
  }

  /**
   * Returns what this user can change along a file's path, so that plugins could change the file;
   * blocks.
   *
   * @return the file itself or a folder above it; empty: nothing
   */
  public Optional<Path> weakPlace(Path file) {
    return new Access(this).weakPlace(file);
  }

  private static PluginUser lookUp(String name) throws BadUser {
    String entry = "";
    try {
      entry =
          SafeFiles.readString(Path.of("/etc/passwd"), MOST_PASSWD_BYTES)
              .lines()
              .filter(line -> line.startsWith(name + ":"))
              .findFirst()
              .orElse("");
    } catch (IOException e) {
      // getent may know it
    }
    if (entry.isEmpty()) {
      entry = Command.firstLine("getent", "passwd", name);
    }
    String[] fields = entry.split(":", -1);
    try {
      long uid = Long.parseLong(fields[2]);
      Set<Long> groups = new TreeSet<>();
      for (String group : Command.firstLine("id", "-G", name).split(" ", -1)) {
        groups.add(Long.parseLong(group));
      }
      long own = Long.parseLong(fields[3]);
      groups.remove(own);
      List<Long> all = new ArrayList<>(List.of(own));
      all.addAll(groups);
      return new PluginUser(name, uid, all, fields[5].isEmpty() ? "/" : fields[5], true);
    } catch (NumberFormatException | ArrayIndexOutOfBoundsException e) {
      throw new BadUser("a user of this system", name);
    }
  }

  /** Plugins can't run as configured. */
  public static final class BadUser extends Exception {

    private static final long serialVersionUID = 1L;

    BadUser(String expected, String found) {
      super(new Problem("plugins.user", expected, '"' + found + '"').toString());
    }
  }
}
