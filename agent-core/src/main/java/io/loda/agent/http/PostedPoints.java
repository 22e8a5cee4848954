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
 * Reads posted bodies straight into encoded points. It uses its buffers again for the next body.
 * For one thread at a time.
 */
final class PostedPoints {

  private final Pipeline pipeline;
  private final MemoryBudget.Share share;
  private final PointWriter points;
  private final JsonMetricReader json = new JsonMetricReader();

  /**
   * Makes a reader.
   *
   * @param share the memory that the points take until {@link #clear}
   */
  PostedPoints(Pipeline pipeline, MemoryBudget.Share share) {
    this.pipeline = pipeline;
    this.share = share;
    this.points = pipeline.writer(share);
  }

  enum Format {
    JSON,
    NDJSON,
    LINE_PROTOCOL
  }

  /**
   * How to read a body.
   *
   * @param precision the unit of line protocol's timestamps
   * @param prefix the text to put before each name
   * @param nameRule throws {@link IllegalArgumentException} for a name that it refuses
   * @param allOrNone whether one bad item refuses the whole body
   */
  record Reading(
      Format format,
      TimePrecision precision,
      String prefix,
      Consumer<String> nameRule,
      boolean allOrNone) {}

  /**
   * Reads a body's points, for {@link #deliver}.
   *
   * @return what was wrong with the bad items
   * @throws BadCall when no item is good, or one is bad with all-or-none; the message names the
   *     item and what is wrong
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
   * Puts the points that were read into the outputs' queues.
   *
   * @throws BadCall when a queue has no room for them, now or ever; then no point is accepted
   */
  void deliver(String namespace) {
    if (!pipeline.promise(namespace, points)) {
      throw pipeline.canEverHold(namespace, points) ? PostRoutes.full() : PostRoutes.neverFits();
    }
  }

  /** Drops the points that were read, and gives their memory back. */
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
