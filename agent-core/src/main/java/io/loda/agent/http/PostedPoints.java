package io.loda.agent.http;

import io.loda.agent.metric.JsonMetricReader;
import io.loda.agent.metric.LineProtocolReader;
import io.loda.agent.metric.LineReader;
import io.loda.agent.metric.MetricHandler;
import io.loda.agent.metric.NdjsonReader;
import io.loda.agent.metric.TimePrecision;
import io.loda.agent.pipeline.Pipeline;
import io.loda.agent.pipeline.PointWriter;
import io.loda.agent.plugin.Metric;
import io.vertx.core.buffer.Buffer;
import java.io.IOException;
import java.util.function.Consumer;

/**
 * Reads posted bodies straight into encoded points. What it needs for that it keeps from one body
 * to the next. Not for several threads.
 */
final class PostedPoints {

  private static final int FIRST_BYTES = 16 * 1024;

  /** What is kept for the next body; a larger one was unusual. */
  private static final int KEPT_BYTES = 1024 * 1024;

  private final Pipeline pipeline;
  private final PointWriter points;
  private final JsonMetricReader json = new JsonMetricReader();
  private byte[] bytes = new byte[FIRST_BYTES];

  PostedPoints(Pipeline pipeline) {
    this.pipeline = pipeline;
    this.points = pipeline.writer();
  }

  /** What is posted. */
  enum Format {
    JSON,
    NDJSON,
    LINE_PROTOCOL
  }

  /**
   * How a body is to be read.
   *
   * @param precision of line protocol's timestamps
   * @param prefix goes before each name
   * @param nameRule throws {@link IllegalArgumentException} for a name that it doesn't like
   */
  record Reading(
      Format format, TimePrecision precision, String prefix, Consumer<String> nameRule) {}

  /**
   * Reads a body's points, all of them or none; they are delivered by {@link #deliver}.
   *
   * @throws BadCall when something is wrong with one of them; says with which, and what
   */
  void read(Buffer body, Reading reading) {
    int length = body.length();
    if (bytes.length < length || bytes.length > KEPT_BYTES) {
      bytes = new byte[Math.max(length, FIRST_BYTES)];
    }
    body.getBytes(0, length, bytes);
    points.reset(reading.prefix(), reading.nameRule());
    switch (reading.format()) {
      case JSON -> readJson(length);
      case NDJSON -> readLines(new NdjsonReader(), length);
      case LINE_PROTOCOL -> readLines(new LineProtocolReader(reading.precision()), length);
    }
    String tooLarge = pipeline.tooLarge(points);
    if (!tooLarge.isEmpty()) {
      throw new BadCall(413, "body, " + tooLarge);
    }
  }

  /** Puts what was read where the outputs take it from. */
  void deliver(String namespace) {
    pipeline.deliver(namespace, points);
  }

  private void readJson(int length) {
    try {
      json.read(bytes, 0, length, points, PostedPoints::refuse);
    } catch (IOException e) {
      throw new BadCall("body: " + e.getMessage());
    }
  }

  private void readLines(LineReader reader, int length) {
    MetricHandler handler =
        new MetricHandler() {
          @Override
          public void metric(Metric metric) {
            try {
              points.write(metric);
            } catch (IllegalArgumentException e) {
              refuse("metric " + metric.name() + ": " + e.getMessage());
            }
          }

          @Override
          public void refused(String reason) {
            refuse(reason);
          }
        };
    reader.read(bytes, 0, length, 1, handler);
  }

  private static void refuse(String what) {
    throw new BadCall("body, " + what);
  }
}
