package io.loda.agent.builtin.port;

import java.util.OptionalLong;

/**
 * The answer of a port.
 *
 * @param nanos the time until the answer or time-out
 * @param certificateDays until the certificate expires, if there is one; negative if it has expired
 */
record PortResult(boolean open, long nanos, OptionalLong certificateDays) {

  static PortResult of(boolean open, long startedAt) {
    return new PortResult(open, System.nanoTime() - startedAt, OptionalLong.empty());
  }
}
