package io.loda.agent.source.script.process;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.loda.agent.config.AgentConfig;
import io.loda.agent.source.script.system.ProcFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The limits on memory and processes that the kernel enforces for a whole run, if the agent can
 * enable the controllers of its control group.
 *
 * @param tasks processes, counting each thread
 */
public record GroupLimits(long memoryBytes, long tasks) {

  public static final GroupLimits NONE = new GroupLimits(Long.MAX_VALUE, Long.MAX_VALUE);

  /** The agent's own group: a group has either processes, or controllers for groups below it. */
  static final String OWN = "agent-itself";

  private static final String CONTROL = "cgroup.subtree_control";
  private static final String CPU = "cpu";
  private static final List<String> WANTED = List.of("memory", "pids", CPU);

  /** The CPU weight of all plugins together; each service of the host has 100. */
  private static final String WEIGHT = "40";

  public static GroupLimits of(AgentConfig.Limits limits) {
    return new GroupLimits(limits.memoryBytes(), limits.processes());
  }

  /**
   * Enables the controllers for the groups below a folder, and gives that folder a small CPU
   * weight.
   *
   * @param own the agent's group
   * @param folder in it, for the runs' groups
   * @return the controllers that could be enabled
   */
  static Set<String> enable(Path own, Path folder) {
    Set<String> there =
        WANTED.stream()
            .filter(words(own.resolve("cgroup.controllers"))::contains)
            .collect(Collectors.toSet());
    there.removeIf(controller -> !enable(own, folder, controller));
    setSmallShare(folder, there);
    return there;
  }

  /** Sets a small CPU weight: with autogroups, nice has an effect only within a session. */
  static void setSmallShare(Path folder, Set<String> controllers) {
    if (controllers.contains(CPU)) {
      write(folder.resolve("cpu.weight"), WEIGHT);
    }
  }

  private static boolean enable(Path own, Path folder, String controller) {
    return (words(own.resolve(CONTROL)).contains(controller)
            || write(own.resolve(CONTROL), "+" + controller)
            || (moveOut(own) && write(own.resolve(CONTROL), "+" + controller)))
        && write(folder.resolve(CONTROL), "+" + controller);
  }

  /** Moves the agent out of its group, if no other process is in it. */
  private static boolean moveOut(Path own) {
    String self = Long.toString(ProcessHandle.current().pid());
    if (!words(own.resolve("cgroup.procs")).equals(List.of(self))) {
      return false;
    }
    try {
      Path leaf = Files.createDirectories(own.resolve(OWN));
      return write(leaf.resolve("cgroup.procs"), self);
    } catch (IOException e) {
      return false;
    }
  }

  /** Sets the limits of a new group, for the available controllers. */
  void set(Path group, Set<String> controllers) {
    if (controllers.contains("memory")) {
      write(group.resolve("memory.max"), text(memoryBytes));
      // swap counts as memory
      write(group.resolve("memory.swap.max"), "0");
      write(group.resolve("memory.oom.group"), "1");
    }
    if (controllers.contains("pids")) {
      write(group.resolve("pids.max"), text(tasks));
    }
  }

  private static String text(long most) {
    return most == Long.MAX_VALUE ? "max" : Long.toString(most);
  }

  private static List<String> words(Path file) {
    try {
      return List.of(ProcFile.read(file).strip().split("\\s+", -1));
    } catch (IOException e) {
      return List.of();
    }
  }

  private static boolean write(Path file, String text) {
    try {
      Files.writeString(file, text, US_ASCII);
      return true;
    } catch (IOException e) {
      return false;
    }
  }
}
