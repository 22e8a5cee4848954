package io.loda.agent.pipeline;

import io.loda.agent.config.AgentConfig;
import java.util.Map;
import java.util.TreeMap;

/** The formats by what the configuration says of them. */
final class Encoders {

  private static final Map<String, Encoder> FORMATS =
      new TreeMap<>(
          Map.of(
              "influx",
              new LineProtocolEncoder(),
              "loda-json",
              new LodaJsonEncoder(),
              AgentConfig.Output.KEEPING_STRINGS + "influx",
              new LineProtocolEncoder(true),
              AgentConfig.Output.KEEPING_STRINGS + "loda-json",
              new LodaJsonEncoder(true)));

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
