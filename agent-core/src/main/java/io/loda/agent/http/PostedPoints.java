package io.loda.agent.http;

import io.loda.agent.metric.JsonMetricReader;
import io.loda.agent.pipeline.Pipeline;
import io.loda.agent.pipeline.PointWriter;
import io.vertx.core.buffer.Buffer;
import java.io.IOException;

/**
 * Reads posted bodies straight into encoded points. What it needs for that it keeps from one body
 * to the next. Not for several threads.
 */
final class PostedPoints {

  private static final String PREFIX = "RUN.";
  private static final int FIRST_BYTES = 16 * 1024;

  private final Pipeline pipeline;
  private final PointWriter points;
  private final JsonMetricReader json = new JsonMetricReader();
  private byte[] bytes = new byte[FIRST_BYTES];

  PostedPoints(Pipeline pipeline) {
    this.pipeline = pipeline;
    this.points = pipeline.writer();
  }

  /**
   * Takes a body's points, all of them or none.
   *
   * @return how many
   * @throws BadCall when something is wrong with one of them; says with which, and what
   */
  int accept(String namespace, Buffer body) {
    String problem = pipeline.problemWith(namespace);
    if (!problem.isEmpty()) {
      throw new BadCall("ns: " + problem);
    }
    int length = body.length();
    if (bytes.length < length) {
      bytes = new byte[Math.max(length, bytes.length * 2)];
    }
    body.getBytes(0, length, bytes);
    points.reset(PREFIX, PostedPoints::checkName);
    try {
      json.read(
          bytes,
          0,
          length,
          points,
          refused -> {
            throw new BadCall("body, " + refused);
          });
    } catch (IOException e) {
      throw new BadCall("body: " + e.getMessage());
    }
    pipeline.deliver(namespace, points);
    return points.count();
  }

  /** The wire contract's {@code [-_.a-zA-Z0-9]+}. */
  private static void checkName(String name) {
    for (int i = 0; i < name.length(); i++) {
      char c = name.charAt(i);
      boolean plain =
          (c >= 'a' && c <= 'z')
              || (c >= 'A' && c <= 'Z')
              || (c >= '0' && c <= '9')
              || c == '-'
              || c == '_'
              || c == '.';
      if (!plain) {
        throw new IllegalArgumentException(
            "name: expected only 0-9 a-z A-Z - _ ., found \"" + name + '"');
      }
    }
  }
}
