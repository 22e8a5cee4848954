package io.loda.agent.builtin.port;

import java.util.OptionalLong;

/**
 * What a port answered.
 *
 * @param nanos how long the answer, or its absence, took
 * @param certificateDays until the certificate ends, where there is one; negative when it has
 */
record PortResult(boolean open, long nanos, OptionalLong certificateDays) {

  static PortResult of(boolean open, long startedAt) {
    return new PortResult(open, System.nanoTime() - startedAt, OptionalLong.empty());
  }
}
