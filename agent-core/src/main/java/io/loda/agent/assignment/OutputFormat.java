package io.loda.agent.assignment;

import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;

/** What a script plugin prints. */
public enum OutputFormat {
  /** Told by the first byte. */
  AUTO,
  /** One JSON list of metrics. */
  JSON,
  /** A JSON metric a line. */
  NDJSON,
  /** InfluxDB line protocol. */
  INFLUX;

  /**
   * The format of a name in small letters.
   *
   * @param name empty: {@link #AUTO}
   * @throws IllegalArgumentException for an unknown one; lists the known ones
   */
  public static OutputFormat named(String name) {
    return name.isBlank()
        ? AUTO
        : Arrays.stream(values())
            .filter(format -> format.text().equals(name.strip()))
            .findFirst()
            .orElseThrow(
                () ->
                    new IllegalArgumentException(
                        "expected one of "
                            + Arrays.stream(values())
                                .map(OutputFormat::text)
                                .collect(Collectors.joining(", "))
                            + ", found \""
                            + name
                            + '"'));
  }

  /** Its name as an item has it. */
  public String text() {
    return name().toLowerCase(Locale.ROOT);
  }
}
