package io.loda.agent.source.script.system;

import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The mark of a run's processes: a random number in their environment, and the same number as their
 * limit on the resident set.
 *
 * <p>Linux keeps that limit across {@code fork}, {@code setsid}, {@code exec} and an emptied
 * environment, never enforces it, and only root can raise it. So a plugin can't lose the mark by
 * accident.
 *
 * @param number has 16 digits; as a limit in KiB
 */
public record RunMark(long number) {

  public static final String VARIABLE = "PLUGIN_RUN";

  private static final Pattern IN_ENVIRONMENT = Pattern.compile("\\b" + VARIABLE + "=(\\d{16})\\b");

  /** The bounds of a random mark: it has 16 digits, and as a limit in bytes it fits 63 bits. */
  private static final long LEAST = 1_000_000_000_000_000L;

  private static final long MOST = 9_000_000_000_000_000L;

  public static RunMark random() {
    return new RunMark(ThreadLocalRandom.current().nextLong(LEAST, MOST));
  }

  /** Returns the mark in an environment, as {@code /proc/<pid>/environ} has it. */
  public static Optional<RunMark> ofEnvironment(String environment) {
    Matcher found = IN_ENVIRONMENT.matcher(environment);
    return found.find()
        ? Optional.of(new RunMark(Long.parseLong(found.group(1))))
        : Optional.empty();
  }

  public String value() {
    return Long.toString(number);
  }

  /** Returns the entry of an environment. */
  public String inEnvironment() {
    return VARIABLE + "=" + number;
  }

  /** Returns whether the text of {@code /proc/<pid>/limits} has the mark. */
  public boolean isIn(String limits) {
    int line = limits.indexOf("Max resident set ");
    int end = line < 0 ? -1 : limits.indexOf('\n', line);
    return end > 0 && limits.substring(line, end).contains(" " + number * 1024 + " ");
  }
}
