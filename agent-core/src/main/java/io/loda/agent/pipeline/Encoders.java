package io.loda.agent.pipeline;

import java.util.Map;
import java.util.TreeMap;

/** The formats by the name that the configuration uses. */
final class Encoders {

  private static final Map<String, Encoder> FORMATS =
      new TreeMap<>(
          Map.of("influx", new LineProtocolEncoder(), "loda-json", new LodaJsonEncoder()));

  private Encoders() {}

  /**
   * The encoder of a format.
   *
   * @throws IllegalArgumentException for an unknown one; lists the known ones
   */
  static Encoder named(String format) {
    Encoder encoder = FORMATS.get(format);
    if (encoder == null) {
      throw new IllegalArgumentException(
          "format: expected one of "
              + String.join(", ", FORMATS.keySet())
              + ", found \""
              + format
              + '"');
    }
    return encoder;
  }
}
