package io.loda.agent.pipeline;

import io.loda.agent.config.AgentConfig;
import io.loda.agent.delivery.DeliveryBuffer;
import io.loda.agent.delivery.EncodedPoints;
import io.loda.agent.plugin.Metric;
import io.loda.agent.telemetry.Counters;
import io.loda.agent.telemetry.Discards;
import io.vertx.core.Future;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import java.util.regex.Pattern;

/**
 * The way from metrics to what waits for each output. Any thread; never waits.
 *
 * <p>A point is encoded once a format, however many outputs take it.
 */
public final class Pipeline {

  /** What nsqd takes as a topic. */
  private static final Pattern TOPIC = Pattern.compile("[.a-zA-Z0-9_-]{1,64}");

  /** Where points go, and how they are to be written there. */
  public record Target(AgentConfig.Output output, DeliveryBuffer buffer) {}

  private final List<Target> targets;
  private final Normalizer normalizer;
  private final Counters counters;
  private final Discards discards;

  /** A pipeline into these targets. */
  public Pipeline(
      List<Target> targets,
      Supplier<String> hostname,
      InstantSource clock,
      Counters counters,
      Discards discards) {
    this.targets = List.copyOf(targets);
    this.normalizer = new Normalizer(hostname, clock);
    this.counters = counters;
    this.discards = discards;
  }

  /**
   * Whether a namespace makes a topic for every output.
   *
   * @return what is wrong, or an empty string
   */
  public String problemWith(String namespace) {
    for (Target target : targets) {
      String topic = target.output().topicPrefix() + namespace;
      if (namespace.isEmpty() || !TOPIC.matcher(topic).matches()) {
        return "expected a name that makes a topic of 1 to 64 of [.a-zA-Z0-9_-], found \""
            + topic
            + '"';
      }
    }
    return "";
  }

  /**
   * Names, tags, stamps and encodes metrics, and puts them where the outputs take them from. What
   * can't be sent is counted and left out.
   *
   * @param source who made them, for the log
   * @param prefix goes before each metric's name
   * @return how many were taken
   */
  public int accept(String namespace, String source, String prefix, List<Metric> metrics) {
    String problem = problemWith(namespace);
    if (!problem.isEmpty()) {
      discards.count("namespace", metrics.size(), source + ": namespace: " + problem);
      return 0;
    }
    List<Point> points = new ArrayList<>(metrics.size());
    for (Metric metric : metrics) {
      try {
        points.add(normalizer.normalize(prefix, metric));
      } catch (IllegalArgumentException e) {
        discards.count("metric", 1, source + ", metric " + metric.name() + ": " + e.getMessage());
      }
    }
    deliver(namespace, points);
    counters.add("points.accepted", points.size());
    return points.size();
  }

  /**
   * Whether every output can take so many bytes more without that anything is dropped: what may be
   * refused is to be asked before, so that what was taken is kept for every output.
   */
  public boolean hasRoom(long bytes) {
    for (Target target : targets) {
      if (!target.buffer().hasRoom(bytes)) {
        return false;
      }
    }
    return true;
  }

  /**
   * Succeeds when all that was accepted before is as safe as {@code delivery.durability} promises,
   * for every output; fails when it waits in memory only and shouldn't. On any thread.
   */
  public Future<Void> stored() {
    List<Future<Void>> all = targets.stream().map(target -> target.buffer().stored()).toList();
    return all.size() == 1 ? all.get(0) : Future.join(all).mapEmpty();
  }

  private void deliver(String namespace, List<Point> points) {
    Map<String, EncodedPoints> encoded = new HashMap<>();
    for (Target target : targets) {
      String format = target.output().format();
      Encoder encoder = Encoders.named(format);
      String topic = target.output().topicPrefix() + namespace;
      target
          .buffer()
          .add(
              topic,
              encoder.framing(topic),
              encoded.computeIfAbsent(
                  format,
                  unused -> EncodedPoints.of(points.stream().map(encoder::encode).toList())));
    }
  }
}
