package io.loda.agent.builtin.log;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.loda.agent.builtin.kit.FollowedFile;
import io.loda.agent.builtin.kit.StateFile;
import io.loda.agent.builtin.kit.TimedText;
import io.loda.agent.builtin.kit.Warnings;
import io.loda.agent.plugin.Metric;
import io.loda.agent.plugin.Sampler;
import io.loda.common.files.allowed.LogFiles;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Path;
import java.util.List;
import java.util.Properties;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Counts a file's new lines.
 *
 * <p>The place is saved before the counts are returned: a killed agent then loses one interval's
 * counts, while a line that is counted twice would be an error that nobody notices.
 */
final class LogSampler implements Sampler {
  private static final Logger log = LoggerFactory.getLogger(LogSampler.class);

  private static final int LONGEST_LINE_BYTES = 64 * 1024;
  private static final long MOST_BYTES = 10L << 20;
  private static final long COLLECT_NANOS = 2_000_000_000L;

  private final String name;
  private final Path path;
  private final LogPattern pattern;
  private final StateFile state;
  private final FollowedFile file;
  private final byte[] buffer = new byte[2 * LONGEST_LINE_BYTES];
  private final Warnings warnings = new Warnings(log);

  /** Whether it is inside a line whose maximal length was already processed. */
  private boolean skipping;

  LogSampler(String name, Path path, LogPattern pattern, StateFile state, LogFiles files) {
    this.name = name;
    this.path = path;
    this.pattern = pattern;
    this.state = state;
    this.file = new FollowedFile(path, files::check);
  }

  /** Continues where the last run stopped; at the end of a file that it never read. */
  void start() {
    Properties saved = state.load();
    if (!saved.isEmpty()) {
      file.restore(saved, "");
      skipping = Boolean.parseBoolean(saved.getProperty("skipping"));
      return;
    }
    try {
      file.skipToEnd();
      save();
    } catch (IOException e) {
      log.debug("LOG: {}: read of {} failed, retrying", name, path, e);
    }
  }

  @Override
  public List<Metric> collect() throws IOException {
    LogCounts counts = new LogCounts(name, pattern);
    long deadline = System.nanoTime() + COLLECT_NANOS;
    try {
      boolean more =
          file.read(
              (bytes, length, last) -> lines(bytes, length, last, counts, deadline),
              buffer,
              MOST_BYTES);
      if (more || System.nanoTime() - deadline > 0) {
        warnings.once(
            "lag",
            "LOG: %s lags behind: more than %d MiB or 2 s of work an interval in %s"
                .formatted(name, MOST_BYTES >> 20, path));
      } else {
        warnings.over("lag");
      }
    } catch (AccessDeniedException e) {
      throw new IOException(
          "no right to read " + path + ": run the agent as root, or let its user read it", e);
    } finally {
      save();
    }
    return counts.metrics();
  }

  private void save() {
    Properties now = new Properties();
    file.save(now, "");
    now.setProperty("skipping", Boolean.toString(skipping));
    state.save(now);
  }

  /** Counts the complete lines; an incomplete one waits for its rest. */
  private int lines(byte[] bytes, int length, boolean last, LogCounts counts, long deadline) {
    int start = 0;
    for (int at = 0; at < length; at++) {
      if (bytes[at] != '\n') {
        continue;
      }
      if (System.nanoTime() - deadline > 0) {
        return start;
      }
      line(bytes, start, at, counts);
      skipping = false;
      start = at + 1;
    }
    if (start < length && (last || length - start >= LONGEST_LINE_BYTES || skipping)) {
      line(bytes, start, length, counts);
      skipping = !last;
      start = length;
    }
    return start;
  }

  private void line(byte[] bytes, int start, int end, LogCounts counts) {
    if (skipping) {
      return;
    }
    int length = Math.min(end - start, LONGEST_LINE_BYTES);
    String text = new String(bytes, start, length, UTF_8);
    try {
      LogPattern.Match match = pattern.match(TimedText.of(text));
      if (match == null) {
        return;
      }
      match
          .number()
          .ifPresentOrElse(
              number -> counts.add(match.tags(), number),
              () ->
                  warnings.once(
                      "number",
                      "LOG: "
                          + name
                          + ": the pattern's first group isn't always a number, such lines are"
                          + " left out; correct the pattern"));
    } catch (TimedText.TimeOutException | StackOverflowError e) {
      warnings.once(
          "slow",
          "LOG: "
              + name
              + ": match of a pattern failed, it takes too long: lines are left out; avoid"
              + " repetitions within repetitions");
    }
  }
}
