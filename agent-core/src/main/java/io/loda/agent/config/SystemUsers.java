package io.loda.agent.config;

import io.loda.common.files.SafeFiles;
import java.io.IOException;
import java.nio.file.Path;

/** Looks up the ids of users. Blocks shortly. */
final class SystemUsers {

  private static final Path PASSWD = Path.of("/etc/passwd");
  private static final int MOST_BYTES = 16 << 20;

  private SystemUsers() {}

  /** Returns the id of a user, given by name or by the id itself; −1: there is no such user. */
  static int uid(String name) {
    if (name.matches("[0-9]{1,9}")) {
      return Integer.parseInt(name);
    }
    try {
      return SafeFiles.readString(PASSWD, MOST_BYTES)
          .lines()
          .map(line -> line.split(":", -1))
          .filter(fields -> fields.length > 2 && fields[0].equals(name))
          .filter(fields -> fields[2].matches("[0-9]{1,9}"))
          .mapToInt(fields -> Integer.parseInt(fields[2]))
          .findFirst()
          .orElse(-1);
    } catch (IOException e) {
      return -1;
    }
  }
}
