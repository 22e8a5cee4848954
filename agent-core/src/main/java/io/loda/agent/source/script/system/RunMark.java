package io.loda.agent.source.script.system;

import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a run's processes are told by: a random number in their environment, and the same one as
 * their limit of the resident set.
 *
 * <p>Linux knows that limit, hands it on to children and through {@code setsid}, {@code exec} and
 * an emptied environment, and obeys it nowhere; and only root can raise it. So it is a mark that a
 * plugin can't wash off by accident.
 *
 * @param number of 16 digits; as a limit, KiB
 */
public record RunMark(long number) {

  public static final String VARIABLE = "PLUGIN_RUN";

  private static final Pattern IN_ENVIRONMENT = Pattern.compile("\\b" + VARIABLE + "=(\\d{16})\\b");

  /** The most is below what 63 bits hold as bytes. */
  private static final long LEAST = 1_000_000_000_000_000L;

  private static final long MOST = 9_000_000_000_000_000L;

  public static RunMark random() {
    return new RunMark(ThreadLocalRandom.current().nextLong(LEAST, MOST));
  }

  /** The mark in an environment, as {@code /proc/<pid>/environ} has it. */
  public static Optional<RunMark> ofEnvironment(String environment) {
    Matcher found = IN_ENVIRONMENT.matcher(environment);
    return found.find()
        ? Optional.of(new RunMark(Long.parseLong(found.group(1))))
        : Optional.empty();
  }

  public String value() {
    return Long.toString(number);
  }

  /** As it is in an environment. */
  public String inEnvironment() {
    return VARIABLE + "=" + number;
  }

  /** Whether {@code /proc/<pid>/limits} has it. */
  public boolean isIn(String limits) {
    int line = limits.indexOf("Max resident set ");
    int end = line < 0 ? -1 : limits.indexOf('\n', line);
    return end > 0 && limits.substring(line, end).contains(" " + number * 1024 + " ");
  }
}
