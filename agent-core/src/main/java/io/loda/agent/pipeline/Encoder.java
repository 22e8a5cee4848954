package io.loda.agent.pipeline;

import io.loda.agent.point.EncodedPoints;
import io.loda.agent.point.Framing;

/**
 * A format of messages. A message is {@code head + point (separator + point)* + tail}, so that a
 * point can be encoded before its message is known. Any thread.
 */
interface Encoder {

  /** Appends one point in UTF-8, without {@link EncodedPoints#endPoint}. */
  void encode(PointDraft point, EncodedPoints out);

  /** Returns the bytes around and between the points of a topic's messages. */
  Framing framing(String topic);
}
