package io.loda.agent.http;

import io.loda.agent.pipeline.Pipeline;
import io.loda.agent.pipeline.PointWriter;
import io.loda.agent.plugin.Metric;
import io.loda.common.http.BadCall;
import io.loda.common.http.Body;
import io.loda.common.metric.JsonMetricReader;
import io.loda.common.metric.LineProtocolReader;
import io.loda.common.metric.LineReader;
import io.loda.common.metric.MetricHandler;
import io.loda.common.metric.NdjsonReader;
import io.loda.common.metric.PointLimits;
import io.loda.common.metric.TimePrecision;
import io.loda.common.telemetry.MemoryBudget;
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
   * @param allOrNone take nothing of a body that has something bad
   */
  record Reading(
      Format format,
      TimePrecision precision,
      String prefix,
      Consumer<String> nameRule,
      boolean allOrNone) {}

  /**
   * Reads a body's points; they are delivered by {@link #deliver}.
   *
   * @return what was wrong with others
   * @throws BadCall when nothing in it is good, or something isn't and all or none are wanted; says
   *     what is wrong with which
   */
  PostProblems read(Body body, Reading reading) {
    PostProblems refusals = new PostProblems(reading.allOrNone());
    points.reset(reading.prefix(), reading.nameRule());
    try {
      switch (reading.format()) {
        case JSON -> readJson(body, refusals);
        case NDJSON -> readLines(new NdjsonReader(), body, points::write, refusals);
        case LINE_PROTOCOL ->
            readLines(
                new LineProtocolReader(reading.precision()), body, points::writeTyped, refusals);
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
    if (refusals.count() > 0) {
      pipeline.countRefused("a post", refusals.count(), refusals.first());
      if (points.count() == 0) {
        throw new BadCall("body, " + refusals.first());
      }
    }
    return refusals;
  }

  /**
   * Puts what was read where the outputs take it from.
   *
   * @throws BadCall when there is no room for it, now or ever; then nothing of it is taken
   */
  void deliver(String namespace) {
    if (!pipeline.promise(namespace, points)) {
      throw pipeline.canEverHold(namespace, points) ? PostRoutes.full() : PostRoutes.neverFits();
    }
  }

  /** Gives their memory back. */
  void clear() {
    points.clear();
  }

  private void readJson(Body body, PostProblems refusals) {
    try {
      json.read(body.array(), 0, body.length(), points, refusals);
    } catch (IOException e) {
      throw new BadCall("body: " + e.getMessage());
    }
  }

  private static void readLines(
      LineReader reader, Body body, Consumer<Metric> points, PostProblems refusals) {
    MetricHandler handler =
        new MetricHandler() {
          @Override
          public void metric(Metric metric) {
            try {
              points.accept(metric);
            } catch (IllegalArgumentException e) {
              refused("metric " + PointLimits.shown(metric.name()) + ": " + e.getMessage());
            }
          }

          @Override
          public void refused(String reason) {
            refusals.refused(reason);
          }
        };
    reader.read(body.array(), 0, body.length(), 1, handler);
  }
}
