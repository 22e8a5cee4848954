package io.loda.agent.pipeline;

import io.loda.agent.point.EncodedPoints;
import io.loda.agent.point.Framing;

/**
 * A format of messages. A message is {@code head + point (separator + point)* + tail}, so that a
 * point is encoded before it is known which message it goes into. Any thread.
 */
interface Encoder {

  /** Puts one point in UTF-8, without {@link EncodedPoints#endPoint}. */
  void encode(PointDraft point, EncodedPoints out);

  /** The bytes around and between the points of a topic's messages. */
  Framing framing(String topic);
}
