package io.loda.agent.config;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/** The numbers of users. Blocks shortly. */
final class SystemUsers {

  private static final Path PASSWD = Path.of("/etc/passwd");

  private SystemUsers() {}

  /** A user's number, by the name in passwd or the number itself; −1 where there is none. */
  static int uid(String name) {
    if (name.matches("[0-9]{1,9}")) {
      return Integer.parseInt(name);
    }
    try (Stream<String> lines = Files.lines(PASSWD, UTF_8)) {
      return lines
          .map(line -> line.split(":", -1))
          .filter(fields -> fields.length > 2 && fields[0].equals(name))
          .filter(fields -> fields[2].matches("[0-9]{1,9}"))
          .mapToInt(fields -> Integer.parseInt(fields[2]))
          .findFirst()
          .orElse(-1);
    } catch (IOException | java.io.UncheckedIOException e) {
      return -1;
    }
  }
}
