package io.loda.agent.builtin.host;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What the name of a core file tells.
 *
 * @param seconds when it was written, since 1970
 */
record CoreFile(String service, long seconds) {

  /** Matches {@code core.<service>.<pid>.<timestamp>}. */
  private static final Pattern PLAIN =
      Pattern.compile("core\\.([a-zA-Z0-9_-]+)\\.[0-9]+\\.([0-9]{1,18})");

  /** Matches {@code core.<comm>.<uid>.<boot id>.<pid>.<µs>}, which is mostly compressed. */
  private static final Pattern SYSTEMD =
      Pattern.compile(
          "core\\.(.+)\\.[0-9]+\\.[0-9a-f]{32}\\.[0-9]+\\.([0-9]{7,18})(\\.[a-z0-9]+)?");

  static Optional<CoreFile> named(String name) {
    Matcher plain = PLAIN.matcher(name);
    if (plain.matches()) {
      return Optional.of(new CoreFile(plain.group(1), Long.parseLong(plain.group(2))));
    }
    Matcher systemd = SYSTEMD.matcher(name);
    if (systemd.matches()) {
      long micros = Long.parseLong(systemd.group(2));
      return Optional.of(new CoreFile(systemd.group(1), micros / 1_000_000));
    }
    return Optional.empty();
  }
}
