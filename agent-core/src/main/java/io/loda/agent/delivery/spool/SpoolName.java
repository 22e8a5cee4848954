package io.loda.agent.delivery.spool;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.util.Optional;

/** The folder name of an output: bytes other than letters, digits, _ and - become %XX. */
final class SpoolName {

  private SpoolName() {}

  static String of(String output) {
    StringBuilder name = new StringBuilder();
    for (byte c : output.getBytes(UTF_8)) {
      boolean plain = c > 0 && Character.toString(c).matches("[0-9A-Za-z_-]");
      name.append(plain ? Character.toString(c) : "%%%02X".formatted(c & 0xFF));
    }
    return name.toString();
  }

  /** Returns the output of a folder name; empty if no output can have it. */
  static Optional<String> output(String name) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    for (int i = 0; i < name.length(); i++) {
      if (name.startsWith("%", i) && name.substring(i).matches("(?s)%[0-9A-F]{2}.*")) {
        bytes.write(Integer.parseInt(name.substring(i + 1, i + 3), 16));
        i += 2;
      } else {
        bytes.write(name.charAt(i));
      }
    }
    String output = bytes.toString(UTF_8);
    return output.isEmpty() || !of(output).equals(name) ? Optional.empty() : Optional.of(output);
  }
}
