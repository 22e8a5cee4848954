package io.loda.agent.builtin.disk;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.loda.agent.builtin.kit.Warnings;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Measures what share of their inodes file systems use. Neither the JDK nor a file of the kernel
 * tells that, and OSHI only with the megabytes of JNA. Without a program {@code stat} it is left
 * out.
 *
 * <p>Runs {@code stat -f}, of coreutils or busybox, once for all file systems. At most one such
 * child runs: while it hangs, no other is started. Thread-safe.
 */
final class InodeUsage {
  private static final Logger log = LoggerFactory.getLogger(InodeUsage.class);
  private static final long TIMEOUT_SECONDS = 3;
  private static final int PIPE_BYTES = 60_000;

  private final List<String> command;
  private final Warnings warnings = new Warnings(log);
  private @Nullable Process child;

  InodeUsage(String... command) {
    this.command = List.of(command);
  }

  /** Uses the host's program. */
  static InodeUsage ofTheHost() {
    return new InodeUsage("stat", "-f", "-c", "%c %d %n");
  }

  /**
   * Measures the file systems of these folders. Blocks for a few seconds at most.
   *
   * @return percent, rounded up as in {@code df}; unknown ones are missing
   */
  synchronized Map<Path, Double> usedPercent(List<Path> folders) throws InterruptedException {
    Process last = child;
    if (folders.isEmpty() || (last != null && last.isAlive())) {
      return Map.of();
    }
    try {
      Process stat =
          new ProcessBuilder(arguments(folders))
              .redirectError(ProcessBuilder.Redirect.DISCARD)
              .start();
      child = stat;
      stat.getOutputStream().close();
      if (!stat.waitFor(TIMEOUT_SECONDS, TimeUnit.SECONDS)) {
        stat.destroyForcibly();
        warnings.once("hangs", "FS: stat -f timeout: fs.inodes.used.percent is left out meanwhile");
        return Map.of();
      }
      warnings.over("hangs");
      return parse(new String(stat.getInputStream().readAllBytes(), UTF_8));
    } catch (IOException e) {
      warnings.once("stat", "FS: stat -f failed, fs.inodes.used.percent is left out: " + e);
      return Map.of();
    }
  }

  /**
   * Returns the arguments, with at most as many folders as answers fit a pipe: it is read after the
   * child's end.
   */
  private List<String> arguments(List<Path> folders) {
    List<String> arguments = new ArrayList<>(command);
    int bytes = 0;
    for (Path folder : folders) {
      String text = folder.toString();
      bytes += 3 * text.length() + 50;
      if (bytes < PIPE_BYTES && text.indexOf('\n') < 0) {
        arguments.add(text);
      }
    }
    return arguments;
  }

  private static Map<Path, Double> parse(String answer) {
    Map<Path, Double> percent = new HashMap<>();
    for (String line : answer.split("\n", -1)) {
      String[] columns = line.split(" ", 3);
      if (columns.length < 3) {
        continue;
      }
      try {
        long all = Long.parseLong(columns[0]);
        long used = all - Long.parseLong(columns[1]);
        percent.put(Path.of(columns[2]), all == 0 ? 0 : Math.ceil(used * 100.0 / all));
      } catch (NumberFormatException e) {
        log.debug("FS: no inodes in \"{}\"", line, e);
      }
    }
    return percent;
  }
}
