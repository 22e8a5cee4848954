package io.loda.agent.pipeline;

import io.loda.agent.config.AgentConfig;
import io.loda.common.metric.TimePrecision;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;

/** The formats by their names in the configuration. */
final class Encoders {

  private static final Map<String, Function<AgentConfig.Encoding, Encoder>> FORMATS =
      new TreeMap<>(
          Map.of(
              "influx",
              encoding ->
                  new LineProtocolEncoder(
                      encoding.keepStrings(),
                      TimePrecision.named(encoding.precision()).unitsPerSecond()),
              "loda-json",
              encoding -> new LodaJsonEncoder(encoding.keepStrings())));

  private Encoders() {}

  /**
   * Returns the encoder of a format.
   *
   * @throws IllegalArgumentException for an unknown one; lists the known ones
   */
  static Encoder of(AgentConfig.Encoding encoding) {
    Function<AgentConfig.Encoding, Encoder> format = FORMATS.get(encoding.format());
    if (format == null) {
      throw new IllegalArgumentException(
          "format: expected one of "
              + String.join(", ", FORMATS.keySet())
              + ", found \""
              + encoding.format()
              + '"');
    }
    return format.apply(encoding);
  }
}
