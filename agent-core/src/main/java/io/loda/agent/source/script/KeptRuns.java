package io.loda.agent.source.script;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.loda.agent.config.AgentConfig;
import io.loda.agent.files.OwnFiles;
import io.loda.agent.files.SafeFiles;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.BiPredicate;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What runs on demand left running and may go on, each in its control group, by plugin. It outlives
 * the agent: where the groups are is kept in a file, a line {@code key TAB group} each. It goes
 * when its plugin may keep nothing any more, or when it takes more than a run may. Any thread;
 * blocks shortly.
 */
final class KeptRuns {

  private static final Logger LOG = LoggerFactory.getLogger(KeptRuns.class);
  private static final int MAX_BYTES = 1 << 20;

  /** A plugin that leaves more each time would take more and more. */
  static final int MOST_OF_ONE = 4;

  private final Path file;
  private final AgentConfig.Limits limits;
  private final Map<String, List<Path>> groups = new TreeMap<>();

  /** Which plugins may keep something; null: nobody said so yet. */
  private @Nullable Set<String> allowed;

  /**
   * None are known yet.
   *
   * @param limits of one run: its memory and processes
   */
  KeptRuns(Path file, AgentConfig.Limits limits) {
    this.file = file;
    this.limits = limits;
  }

  /** Reads what an earlier agent left; to be called before anything is swept. */
  synchronized void load() {
    try {
      for (String line : SafeFiles.readString(file, MAX_BYTES).lines().toList()) {
        String[] parts = line.split("\t", 2);
        if (parts.length == 2) {
          Path group = Path.of(parts[1]);
          RunGroups.apart(group)
              .filter(there -> !there.isEmpty())
              .ifPresent(there -> add(parts[0], group));
        }
      }
    } catch (NoSuchFileException e) {
      // there was never anything
    } catch (IOException e) {
      LOG.warn("{} can't be read, what runs left is ended: {}", file, StartFailure.text(e));
    }
  }

  private void add(String key, Path group) {
    groups.computeIfAbsent(key, unused -> new ArrayList<>()).add(group);
  }

  /** Whether a process, by its folder in {@code /proc}, is one of them. */
  boolean holds(Path process) {
    Set<String> names = names();
    if (names.isEmpty()) {
      return false;
    }
    try {
      return KernelFile.read(process.resolve("cgroup"))
          .lines()
          .filter(line -> line.startsWith("0::"))
          .map(line -> line.substring(line.lastIndexOf('/') + 1))
          .anyMatch(names::contains);
    } catch (IOException e) {
      return false;
    }
  }

  private synchronized Set<String> names() {
    return groups.values().stream()
        .flatMap(List::stream)
        .map(group -> String.valueOf(group.getFileName()))
        .collect(Collectors.toSet());
  }

  /** Whether there are none. */
  synchronized boolean isEmpty() {
    return groups.isEmpty();
  }

  /** Whether a plugin has some. */
  synchronized boolean has(String key) {
    return groups.containsKey(key);
  }

  /** Whether a plugin may have one more. */
  synchronized boolean hasRoom(String key) {
    return groups.getOrDefault(key, List.of()).size() < MOST_OF_ONE
        && (allowed == null || allowed.contains(key));
  }

  /**
   * Lets what is in a group go on.
   *
   * @return whether it does; where it may not, or nobody would know of it later, it is ended
   */
  boolean keep(String key, RunGroup group) {
    Path folder = group.folder();
    if (folder != null) {
      synchronized (this) {
        if (hasRoom(key)) {
          add(key, folder);
          if (saved()) {
            LOG.info("plugin {}: what its run left goes on in {}", key, folder);
            return true;
          }
          forget(key, folder);
        }
      }
    }
    RunGroups.end(group);
    return false;
  }

  private synchronized void forget(String key, Path folder) {
    List<Path> of = groups.get(key);
    if (of != null && of.remove(folder) && of.isEmpty()) {
      groups.remove(key);
    }
  }

  /** From now on only these plugins may have some; ends what others have. */
  void keepOnly(Set<String> keys) {
    synchronized (this) {
      allowed = Set.copyOf(keys);
    }
    endWhere((key, group) -> !keys.contains(key), "may keep nothing any more");
  }

  /** Ends what takes more than a run may, and forgets what has ended by itself. */
  void look() {
    endWhere((key, group) -> group.isEmpty(), "");
    endWhere((key, group) -> takesTooMuch(group), "takes more than plugins.limits let a run");
  }

  private boolean takesTooMuch(RunGroup group) {
    List<Long> pids = group.pids();
    return RunMemory.exactKilobytes(pids) * 1024 > limits.memoryBytes()
        || pids.size() > limits.processes();
  }

  private void endWhere(BiPredicate<String, RunGroup> which, String why) {
    Map<String, List<Path>> all = new TreeMap<>();
    synchronized (this) {
      groups.forEach((key, of) -> all.put(key, List.copyOf(of)));
    }
    boolean changed = false;
    for (Map.Entry<String, List<Path>> plugin : all.entrySet()) {
      for (Path folder : plugin.getValue()) {
        RunGroup group = RunGroups.apart(folder).orElse(RunGroup.NONE);
        if (!group.exists() || which.test(plugin.getKey(), group)) {
          if (group.exists() && !group.isEmpty()) {
            LOG.info(
                "plugin {}: ends what its run left in {}: it {}", plugin.getKey(), folder, why);
          }
          RunGroups.end(group);
          forget(plugin.getKey(), folder);
          changed = true;
        }
      }
    }
    if (changed) {
      saved();
    }
  }

  private synchronized boolean saved() {
    StringBuilder text = new StringBuilder();
    groups.forEach(
        (key, of) -> of.forEach(group -> text.append(key).append('\t').append(group).append('\n')));
    try {
      OwnFiles.createFolderOf(file);
      OwnFiles.replace(file, text.toString().getBytes(UTF_8));
      return true;
    } catch (IOException e) {
      LOG.warn("{} can't be written: {}", file, StartFailure.text(e));
      return false;
    }
  }
}
