package io.loda.agent.pipeline;

import io.loda.agent.point.EncodedPoints;
import io.loda.agent.point.Framing;

/**
 * A format of messages. A message is {@code head + point (separator + point)* + tail}, so that a
 * point is encoded once, whatever message it ends in. Any thread.
 */
interface Encoder {

  /** Puts one point, UTF-8; doesn't end it. */
  void encode(PointDraft point, EncodedPoints out);

  /** What stands between points, and around them. */
  Framing framing(String topic);
}
