package io.loda.agent.pipeline;

import io.loda.agent.plugin.Metric;
import io.loda.agent.point.MetricTaker;
import io.loda.common.telemetry.Discards;

/** Encodes a run's metrics while they are read, and adds them to the queues in pieces. */
final class RunPoints implements MetricTaker {

  /** About the size of one message: the points are added to the queues at this size. */
  private static final int FULL_BYTES = 256 * 1024;

  private final Pipeline pipeline;
  private final PointWriter writer;
  private final Discards discards;
  private final String namespace;
  private final String source;

  RunPoints(Pipeline pipeline, Discards discards, String namespace, String source, String prefix) {
    this.pipeline = pipeline;
    this.writer = pipeline.writer();
    this.discards = discards;
    this.namespace = namespace;
    this.source = source;
    writer.reset(prefix, name -> {});
  }

  @Override
  public void take(Metric metric) {
    try {
      writer.write(metric);
    } catch (IllegalArgumentException e) {
      discards.count("metric", 1, source + ", metric " + metric.name() + ": " + e.getMessage());
    }
  }

  @Override
  public boolean isFull() {
    return writer.totalBytes() >= FULL_BYTES;
  }

  @Override
  public long handOn() {
    long bytes = writer.totalBytes();
    String problem = pipeline.problemWith(namespace);
    if (problem.isEmpty()) {
      pipeline.deliver(namespace, writer);
    } else {
      discards.count("namespace", writer.count(), source + ": namespace: " + problem);
    }
    writer.clear();
    return bytes;
  }
}
