package io.loda.agent.builtin.process;

import io.loda.agent.builtin.kit.HostTrees;
import io.loda.agent.plugin.Metric;
import io.loda.agent.plugin.Sampler;
import java.io.File;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Counts the processes by state, from {@code /proc/PID/stat}.
 *
 * <p>Opening and closing such a file costs more than reading it, and this is the most expensive of
 * the measurements taken every ten seconds. So the files of the first {@value #KEPT_OPEN} processes
 * stay open between rounds: each read gets new content from the kernel, and fails if the process
 * has ended, even if its pid is reused.
 */
final class PsSampler implements Sampler {
  private static final int KEPT_OPEN = 256;

  private final File proc;
  private final byte[] buffer = new byte[512];
  private final Map<String, RandomAccessFile> open = new HashMap<>();

  PsSampler(HostTrees host) {
    this.proc = host.proc().toFile();
  }

  @Override
  public List<Metric> collect() throws IOException {
    String[] names = proc.list();
    if (names == null) {
      throw new IOException("can't list " + proc + ": is it the host's /proc?");
    }
    int total = 0;
    int running = 0;
    int zombies = 0;
    Set<String> seen = new HashSet<>();
    for (String name : names) {
      if (!isNumber(name)) {
        continue;
      }
      seen.add(name);
      char state = state(name);
      if (state != 0) {
        total++;
        running += state == 'R' ? 1 : 0;
        zombies += state == 'Z' ? 1 : 0;
      }
    }
    forgetAllBut(seen);
    return List.of(
        Metric.of("ps.zombies.num", zombies),
        Metric.of("ps.running.num", running),
        Metric.of("ps.total.num", total));
  }

  /** Returns the state's letter, or 0 if the process has ended. */
  private char state(String pid) {
    RandomAccessFile kept = open.get(pid);
    if (kept != null) {
      try {
        kept.seek(0);
        return parse(kept.read(buffer));
      } catch (IOException e) {
        // it ended, and its pid may be reused
        open.remove(pid);
        closeQuietly(kept);
      }
    }
    try {
      RandomAccessFile file = new RandomAccessFile(new File(proc, pid + "/stat"), "r");
      try {
        return parse(file.read(buffer));
      } finally {
        if (open.size() < KEPT_OPEN) {
          open.put(pid, file);
        } else {
          closeQuietly(file);
        }
      }
    } catch (IOException e) {
      return 0;
    }
  }

  /**
   * Returns the state behind the name, which is in parentheses and may contain parentheses and
   * blanks.
   */
  private char parse(int length) {
    for (int at = length - 3; at >= 0; at--) {
      if (buffer[at] == ')') {
        return (char) buffer[at + 2];
      }
    }
    return 0;
  }

  private void forgetAllBut(Set<String> seen) {
    open.entrySet()
        .removeIf(
            entry -> {
              boolean ended = !seen.contains(entry.getKey());
              if (ended) {
                closeQuietly(entry.getValue());
              }
              return ended;
            });
  }

  @Override
  public void close() {
    open.values().forEach(PsSampler::closeQuietly);
    open.clear();
  }

  private static void closeQuietly(RandomAccessFile file) {
    try {
      file.close();
    } catch (IOException e) {
      // nothing was written, so nothing is lost
    }
  }

  static boolean isNumber(String name) {
    return !name.isEmpty() && name.charAt(0) >= '1' && name.charAt(0) <= '9';
  }
}
