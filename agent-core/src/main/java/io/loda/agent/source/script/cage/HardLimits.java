package io.loda.agent.source.script.cage;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The hard limits of this process, which a run can't exceed. */
final class HardLimits {

  private static final Pattern LINE =
      Pattern.compile("(?<name>Max [a-z ]+?) {2,}\\S+ +(?<hard>\\d+|unlimited)\\b.*");

  private final Map<String, Long> limits = new HashMap<>();

  /** Reads the limits from a file like {@code /proc/self/limits}; none if it can't be read. */
  HardLimits(Path file) {
    try {
      for (String line : Files.readAllLines(file, UTF_8)) {
        Matcher matcher = LINE.matcher(line);
        if (matcher.matches() && !matcher.group("hard").equals("unlimited")) {
          limits.put(matcher.group("name"), Long.parseLong(matcher.group("hard")));
        }
      }
    } catch (IOException | NumberFormatException e) {
      // then the start of a run reports the limit that it can't set
    }
  }

  /**
   * Returns the wanted limit, or the hard one if that is lower.
   *
   * @param name as in the file ({@code Max open files})
   */
  long atMost(String name, long wanted) {
    return Math.min(wanted, limits.getOrDefault(name, Long.MAX_VALUE));
  }
}
