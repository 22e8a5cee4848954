package io.loda.agent.assignment;

import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;

/** The format of a script plugin's output. */
public enum OutputFormat {
  /** The first byte of the output decides. */
  AUTO,
  /** One JSON list of metrics. */
  JSON,
  /** A JSON metric on each line. */
  NDJSON,
  /** InfluxDB line protocol. */
  INFLUX;

  /**
   * Returns the format of a name in small letters.
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

  /** Returns the name that items use. */
  public String text() {
    return name().toLowerCase(Locale.ROOT);
  }
}
