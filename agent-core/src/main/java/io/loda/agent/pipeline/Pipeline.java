package io.loda.agent.pipeline;

import io.loda.agent.config.AgentConfig;
import io.loda.agent.delivery.DeliveryBuffer;
import io.loda.agent.plugin.Metric;
import io.loda.agent.point.EncodedPoints;
import io.loda.agent.point.Framing;
import io.loda.agent.point.MetricTaker;
import io.loda.common.telemetry.Counters;
import io.loda.common.telemetry.Discards;
import io.loda.common.telemetry.MemoryBudget;
import io.vertx.core.Future;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.function.Supplier;
import java.util.regex.Pattern;

/**
 * Turns metrics into encoded points and adds them to the queue of each output. A point is encoded
 * once for each format, however many outputs take it. Any thread; never blocks.
 */
public final class Pipeline {

  /** A topic that nsqd accepts. */
  private static final Pattern TOPIC = Pattern.compile("[.a-zA-Z0-9_-]{1,64}");

  /** An output's configuration and its queue. */
  public record Target(AgentConfig.OutputConfig output, DeliveryBuffer buffer) {}

  private final List<Target> targets;

  /** The targets that may refuse a POST. */
  private final List<Target> required;

  private final List<AgentConfig.Encoding> formats;
  private final List<Encoder> encoders;
  private final Supplier<String> hostname;
  private final InstantSource clock;
  private final Counters counters;
  private final Discards discards;

  public Pipeline(
      List<Target> targets,
      Supplier<String> hostname,
      InstantSource clock,
      Counters counters,
      Discards discards) {
    this.targets = List.copyOf(targets);
    this.required = targets.stream().filter(target -> target.output().required()).toList();
    this.formats = targets.stream().map(target -> target.output().encoding()).distinct().toList();
    this.encoders = formats.stream().map(Encoders::of).toList();
    this.hostname = hostname;
    this.clock = clock;
    this.counters = counters;
    this.discards = discards;
  }

  /**
   * Checks that a namespace makes a valid topic for every required output, or without a prefix if
   * none is required.
   *
   * @return the problem; empty: none
   */
  public String problemWith(String namespace) {
    for (Target target : required) {
      String problem = problem(namespace, target.output().settings().topicPrefix());
      if (!problem.isEmpty()) {
        return problem;
      }
    }
    return problem(namespace, "");
  }

  private static String problem(String namespace, String prefix) {
    String topic = prefix + namespace;
    return namespace.isEmpty() || !TOPIC.matcher(topic).matches()
        ? "expected a name that makes a topic of 1 to 64 of [.a-zA-Z0-9_-], found \"" + topic + '"'
        : "";
  }

  /** Like its overload, for one namespace. */
  public int accept(String namespace, String source, String prefix, List<Metric> metrics) {
    return accept(List.of(namespace), source, prefix, metrics);
  }

  /**
   * Names, tags, stamps and encodes metrics once, and adds them to the queues for each namespace:
   * only the topic differs. Metrics that can't be sent are dropped and counted.
   *
   * @param source who made them, for the log
   * @param prefix put before each metric's name
   * @return how many were accepted, for all namespaces
   */
  public int accept(
      Collection<String> namespaces, String source, String prefix, List<Metric> metrics) {
    return accept(namespaces, source, prefix, metrics, writer());
  }

  private int accept(
      Collection<String> namespaces,
      String source,
      String prefix,
      List<Metric> metrics,
      PointWriter writer) {
    List<String> valid = new ArrayList<>(namespaces.size());
    for (String namespace : namespaces) {
      String problem = problemWith(namespace);
      if (problem.isEmpty()) {
        valid.add(namespace);
      } else {
        discards.count("namespace", metrics.size(), source + ": namespace: " + problem);
      }
    }
    if (valid.isEmpty()) {
      return 0;
    }
    writer.reset(prefix, name -> {});
    for (Metric metric : metrics) {
      try {
        writer.write(metric);
      } catch (IllegalArgumentException e) {
        discards.count(
            "metric", valid.size(), source + ", metric " + metric.name() + ": " + e.getMessage());
      }
    }
    valid.forEach(namespace -> deliver(namespace, writer));
    return valid.size() * writer.count();
  }

  /** Counts items that were refused earlier; logs the reason of the first. */
  public void countRefused(String source, long count, String first) {
    discards.count("refused-item", count, source + ": " + first);
  }

  /** Returns what accepts a run's metrics while they are read, like {@link #accept}. */
  public MetricTaker taker(String namespace, String source, String prefix) {
    List<String> namespaces = List.of(namespace);
    PointWriter writer = writer();
    return metrics -> {
      accept(namespaces, source, prefix, metrics, writer);
      long bytes = writer.totalBytes();
      writer.clear();
      return bytes;
    };
  }

  /**
   * Returns whether every required output has room for {@code bytes} more. This is an early check:
   * {@link #promise} still refuses points that take more in the queue.
   */
  public boolean hasRoom(long bytes) {
    for (Target target : required) {
      if (!target.buffer().hasRoom(bytes)) {
        return false;
      }
    }
    return true;
  }

  /** Returns whether every required output could take {@code bytes} if its queue were empty. */
  public boolean canEverHold(long bytes) {
    return required.stream().allMatch(target -> target.buffer().canEverHold(bytes));
  }

  /**
   * Succeeds when all metrics accepted before are as safe as {@code delivery.durability} promises,
   * for every required output; fails if they are in memory only but should be on disk. Completes on
   * any thread.
   */
  public Future<Void> stored() {
    List<Future<Void>> all = required.stream().map(target -> target.buffer().stored()).toList();
    return all.size() == 1 ? all.get(0) : Future.join(all).mapEmpty();
  }

  /** Creates a writer of points for this pipeline's outputs. */
  public PointWriter writer() {
    return new PointWriter(encoders, hostname, clock);
  }

  /**
   * Creates a writer whose points take memory from a share until they are cleared.
   *
   * @param share when it has none left, writing throws {@link MemoryBudget.NothingLeft}
   */
  public PointWriter writer(MemoryBudget.Share share) {
    return new PointWriter(encoders, hostname, clock, share);
  }

  /**
   * Checks that every point fits a message of every required output.
   *
   * @return which point is too large; empty: none
   */
  public String tooLarge(PointWriter points) {
    for (Target target : required) {
      EncodedPoints encoded = points.encoded(formats.indexOf(target.output().encoding()));
      long most = target.buffer().maxMessageBytes();
      for (int i = 0; i < encoded.count(); i++) {
        if (encoded.length(i) > most) {
          return "item "
              + (i + 1)
              + ": expected a point of at most "
              + most
              + " bytes, for output "
              + target.output().name()
              + ", found "
              + encoded.length(i);
        }
      }
    }
    return "";
  }

  /**
   * Adds a writer's points to the queue of every output; a full queue drops its oldest messages.
   */
  public void deliver(String namespace, PointWriter points) {
    for (Target target : targets) {
      add(target, namespace, points);
    }
    counters.add("points.accepted", points.count());
  }

  /**
   * Adds a writer's points so that nothing drops them later: all required outputs accept them, or
   * none does.
   *
   * @return whether they were accepted
   */
  public boolean promise(String namespace, PointWriter points) {
    boolean taken = promise(0, namespace, points);
    if (taken) {
      for (Target target : targets) {
        if (!target.output().required()) {
          add(target, namespace, points);
        }
      }
      counters.add("points.accepted", points.count());
    }
    return taken;
  }

  /**
   * Adds points to one queue. An output without a valid topic drops them: the other outputs still
   * get them.
   */
  private void add(Target target, String namespace, PointWriter points) {
    String problem = problem(namespace, target.output().settings().topicPrefix());
    if (problem.isEmpty()) {
      to(target, namespace, points, target.buffer()::add);
    } else {
      discards.count(
          "namespace",
          points.count(),
          "output "
              + target.output().name()
              + ": namespace: "
              + problem
              + ", with its topic-prefix");
    }
  }

  /** Locks the buffers in the order of the outputs, so that two POSTs can't deadlock. */
  private boolean promise(int first, String namespace, PointWriter points) {
    if (first == required.size()) {
      return true;
    }
    Target target = required.get(first);
    boolean[] taken = {false};
    to(
        target,
        namespace,
        points,
        (topic, framing, encoded) ->
            taken[0] =
                target
                    .buffer()
                    .promise(topic, framing, encoded, () -> promise(first + 1, namespace, points)));
    return taken[0];
  }

  /** Returns whether a writer's points could be promised if all queues were empty. */
  public boolean canEverHold(String namespace, PointWriter points) {
    boolean[] fits = {true};
    for (Target target : required) {
      to(
          target,
          namespace,
          points,
          (topic, framing, encoded) ->
              fits[0] &= target.buffer().canEverHold(topic, framing, encoded));
    }
    return fits[0];
  }

  private interface Taker {
    void take(String topic, Framing framing, EncodedPoints points);
  }

  private void to(Target target, String namespace, PointWriter points, Taker taker) {
    int format = formats.indexOf(target.output().encoding());
    String topic = target.output().settings().topicPrefix() + namespace;
    taker.take(topic, encoders.get(format).framing(topic), points.encoded(format));
  }
}
