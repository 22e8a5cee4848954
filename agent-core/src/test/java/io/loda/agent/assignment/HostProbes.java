package io.loda.agent.assignment;

import java.time.Duration;
import java.util.Map;

/** Measurements of the host, with the defaults of what a test doesn't say. */
public final class HostProbes {

  private HostProbes() {}

  /** One without parameters. */
  public static Assignment.HostProbe probe(String type, Duration interval) {
    return new Assignment.HostProbe(type, Map.of(), interval);
  }
}
