package io.loda.agent.pipeline;

import io.loda.agent.config.AgentConfig;
import io.loda.agent.delivery.DeliveryBuffer;
import io.loda.agent.plugin.Metric;
import io.loda.agent.point.EncodedPoints;
import io.loda.agent.point.Framing;
import io.loda.common.metric.MetricTaker;
import io.loda.common.telemetry.Counters;
import io.loda.common.telemetry.Discards;
import io.loda.common.telemetry.MemoryBudget;
import io.vertx.core.Future;
import java.time.InstantSource;
import java.util.List;
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

  /** Of those, the ones that may refuse a post. */
  private final List<Target> required;

  private final List<AgentConfig.Encoding> formats;
  private final List<Encoder> encoders;
  private final Supplier<String> hostname;
  private final InstantSource clock;
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
    this.required = targets.stream().filter(target -> target.output().required()).toList();
    this.formats = targets.stream().map(target -> target.output().encoding()).distinct().toList();
    this.encoders = formats.stream().map(Encoders::of).toList();
    this.hostname = hostname;
    this.clock = clock;
    this.counters = counters;
    this.discards = discards;
  }

  /**
   * Whether a namespace makes a topic for every required output, or for any at all where none is.
   *
   * @return what is wrong, or an empty string
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
    PointWriter writer = writer();
    writer.reset(prefix, name -> {});
    for (Metric metric : metrics) {
      try {
        writer.write(metric);
      } catch (IllegalArgumentException e) {
        discards.count("metric", 1, source + ", metric " + metric.name() + ": " + e.getMessage());
      }
    }
    deliver(namespace, writer);
    return writer.count();
  }

  /** Counts what was refused before it came to the pipeline, and says why of the first. */
  public void countRefused(String source, long count, String first) {
    discards.count("refused-item", count, source + ": " + first);
  }

  /** Takes the metrics of one run as they are read, as {@link #accept} takes a list. */
  public MetricTaker taker(String namespace, String source, String prefix) {
    return new RunPoints(this, discards, namespace, source, prefix);
  }

  /**
   * Whether so many bytes more may be promised now. What is larger where it waits is refused all
   * the same when it is {@linkplain #promise promised}.
   */
  public boolean hasRoom(long bytes) {
    for (Target target : required) {
      if (!target.buffer().hasRoom(bytes)) {
        return false;
      }
    }
    return true;
  }

  /** Whether every required output could take so many bytes if nothing else waited for it. */
  public boolean canEverHold(long bytes) {
    return required.stream().allMatch(target -> target.buffer().canEverHold(bytes));
  }

  /**
   * Succeeds when all that was accepted before is as safe as {@code delivery.durability} promises,
   * for every required output; fails when it waits in memory only and shouldn't. On any thread.
   */
  public Future<Void> stored() {
    List<Future<Void>> all = required.stream().map(target -> target.buffer().stored()).toList();
    return all.size() == 1 ? all.get(0) : Future.join(all).mapEmpty();
  }

  /** A writer of points for this pipeline's outputs. */
  public PointWriter writer() {
    return new PointWriter(encoders, hostname, clock);
  }

  /**
   * A writer whose points take their memory from a share until they are cleared.
   *
   * @param share where it has nothing left, writing throws {@link MemoryBudget.NothingLeft}
   */
  public PointWriter writer(MemoryBudget.Share share) {
    return new PointWriter(encoders, hostname, clock, share);
  }

  /**
   * How much larger than a required output's message a writer's largest point is.
   *
   * @return in words; empty: each fits
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
   * Puts what a writer of this pipeline has where the outputs take it from; what is full drops the
   * oldest.
   */
  public void deliver(String namespace, PointWriter points) {
    for (Target target : targets) {
      add(target, namespace, points);
    }
    counters.add("points.accepted", points.count());
  }

  /**
   * The same, for good: all required outputs have room for them, or none takes them.
   *
   * @return whether they were taken
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

  /** What an optional output has no topic for is dropped: nobody else is to do without it. */
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

  /** The buffers are locked in their order, so that two that post don't wait for each other. */
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

  /** Whether a writer's points might be promised while nothing else waits. */
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
