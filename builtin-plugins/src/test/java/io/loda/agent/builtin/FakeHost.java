package io.loda.agent.builtin;

import io.loda.agent.builtin.kit.HostTrees;
import io.loda.agent.plugin.AgentParameters;
import io.loda.agent.plugin.Metric;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;

/** A host made of files: its {@code /proc}, {@code /sys} and root, and a clock that is set. */
public final class FakeHost {
  private final Path folder;
  public long nanoTime = 5_000_000_000L;

  public FakeHost(Path folder) {
    this.folder = folder;
  }

  public HostTrees host() {
    return new HostTrees(folder.resolve("proc"), folder.resolve("sys"), folder.resolve("root"));
  }

  public Map<String, String> parameters(String... keysAndValues) {
    Map<String, String> parameters = new HashMap<>();
    parameters.put(AgentParameters.HOST_PROC, host().proc().toString());
    parameters.put(AgentParameters.HOST_SYS, host().sys().toString());
    parameters.put(AgentParameters.HOST_ROOT, host().root().toString());
    parameters.put(AgentParameters.STATE_DIR, folder.resolve("state").toString());
    for (int i = 0; i < keysAndValues.length; i += 2) {
      parameters.put(keysAndValues[i], keysAndValues[i + 1]);
    }
    return parameters;
  }

  public FakeHost proc(String file, String content) {
    return write(host().proc().resolve(file), content);
  }

  public FakeHost sys(String file, String content) {
    return write(host().sys().resolve(file), content);
  }

  public FakeHost root(String file, String content) {
    return write(host().root().resolve(file), content);
  }

  public void pass(double seconds) {
    nanoTime += (long) (seconds * 1e9);
  }

  private FakeHost write(Path path, String content) {
    try {
      Files.createDirectories(path.getParent());
      Files.writeString(path, content);
      return this;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A process with an executable; the other files are those of a process that uses nothing. */
  public FakeHost process(int pid, String program, String stat) {
    try {
      Path process = host().proc().resolve(Integer.toString(pid));
      Files.createDirectories(process.resolve("fd"));
      Files.deleteIfExists(process.resolve("exe"));
      Files.createSymbolicLink(process.resolve("exe"), Path.of(program));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return proc(pid + "/stat", stat)
        .proc(pid + "/status", "Name:\tx\nUid:\t0\t0\t0\t0\n")
        .proc(pid + "/statm", "0 0 0 0 0 0 0\n")
        .proc(pid + "/io", "read_bytes: 0\nwrite_bytes: 0\n")
        .proc(pid + "/cmdline", program + "\0");
  }

  /** One line of {@code /proc/PID/stat}. */
  public static String stat(int pid, String name, char state, long ticks, long startedAtTicks) {
    return "%d (%s) %s 1 1 1 0 -1 4194560 9 9 9 9 %d 0 0 0 20 0 1 0 %d 1000 10 0\n"
        .formatted(pid, name, state, ticks, startedAtTicks);
  }

  /** What was measured, by name and tags: {@code cpu.idle.core{core=0}}. */
  public static Map<String, Object> values(Collection<Metric> metrics) {
    Map<String, Object> values = new TreeMap<>();
    for (Metric metric : metrics) {
      String tags = metric.tags().isEmpty() ? "" : new TreeMap<>(metric.tags()).toString();
      values.put(metric.name() + tags, metric.value());
    }
    return values;
  }
}
