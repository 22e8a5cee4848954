package io.loda.agent.pipeline;

import io.loda.agent.delivery.Framing;

/**
 * A format of messages. A message is {@code head + point (separator + point)* + tail}, so that a
 * point is encoded once, whatever message it ends in. Any thread.
 */
interface Encoder {

  /** One point, UTF-8. */
  byte[] encode(Point point);

  /** What stands between points, and around them. */
  Framing framing(String topic);
}
