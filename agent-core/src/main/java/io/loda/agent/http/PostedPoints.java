package io.loda.agent.http;

import io.loda.agent.metric.JsonMetricReader;
import io.loda.agent.metric.LineProtocolReader;
import io.loda.agent.metric.LineReader;
import io.loda.agent.metric.MetricHandler;
import io.loda.agent.metric.NdjsonReader;
import io.loda.agent.metric.PointLimits;
import io.loda.agent.metric.TimePrecision;
import io.loda.agent.pipeline.Pipeline;
import io.loda.agent.pipeline.PointWriter;
import io.loda.agent.plugin.Metric;
import io.loda.agent.telemetry.MemoryBudget;
import java.io.IOException;
import java.util.function.Consumer;

/**
 * Reads posted bodies straight into encoded points. What it needs for that it keeps from one body
 * to the next. Not for several threads.
 */
final class PostedPoints {

  private final Pipeline pipeline;
  private final MemoryBudget.Share share;
  private final PointWriter points;
  private final JsonMetricReader json = new JsonMetricReader();

  /**
   * A reader.
   *
   * @param share what the points take memory from until {@link #clear}
   */
  PostedPoints(Pipeline pipeline, MemoryBudget.Share share) {
    this.pipeline = pipeline;
    this.share = share;
    this.points = pipeline.writer(share);
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
  void read(Body body, Reading reading) {
    points.reset(reading.prefix(), reading.nameRule());
    try {
      switch (reading.format()) {
        case JSON -> readJson(body);
        case NDJSON -> readLines(new NdjsonReader(), body);
        case LINE_PROTOCOL -> readLines(new LineProtocolReader(reading.precision()), body);
      }
    } catch (MemoryBudget.NothingLeft e) {
      long all = e.wantedBytes() + points.takenBytes() + body.takenBytes();
      throw all <= share.capBytes()
          ? Body.full()
          : new BadCall(
              413, "body: expected points that fit the memory for bodies; post them in parts");
    }
    String tooLarge = pipeline.tooLarge(points);
    if (!tooLarge.isEmpty()) {
      throw new BadCall(413, "body, " + tooLarge);
    }
  }

  /** Bytes of what was read, as it is stored: often more than the body's. */
  long storedBytes() {
    return points.totalBytes();
  }

  /** Puts what was read where the outputs take it from. */
  void deliver(String namespace) {
    pipeline.deliver(namespace, points);
  }

  /** Gives their memory back. */
  void clear() {
    points.clear();
  }

  private void readJson(Body body) {
    try {
      json.read(body.array(), 0, body.length(), points, PostedPoints::refuse);
    } catch (IOException e) {
      throw new BadCall("body: " + e.getMessage());
    }
  }

  private void readLines(LineReader reader, Body body) {
    MetricHandler handler =
        new MetricHandler() {
          @Override
          public void metric(Metric metric) {
            try {
              points.write(metric);
            } catch (IllegalArgumentException e) {
              refuse("metric " + PointLimits.shown(metric.name()) + ": " + e.getMessage());
            }
          }

          @Override
          public void refused(String reason) {
            refuse(reason);
          }
        };
    reader.read(body.array(), 0, body.length(), 1, handler);
  }

  private static void refuse(String what) {
    throw new BadCall("body, " + what);
  }
}
