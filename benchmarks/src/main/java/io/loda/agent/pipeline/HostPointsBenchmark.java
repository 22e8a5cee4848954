package io.loda.agent.pipeline;

import io.loda.agent.config.AgentConfig;
import io.loda.agent.delivery.DeliveryBuffer;
import io.loda.agent.delivery.spool.QueuedMessage;
import io.loda.agent.output.stdout.StdoutType;
import io.loda.agent.plugin.Metric;
import io.loda.common.telemetry.Counters;
import io.loda.common.telemetry.Discards;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** 60 points of a host, from metrics to sealed messages, for several namespaces: µs. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class HostPointsBenchmark {

  @Param({"1", "3", "10"})
  @SuppressWarnings("NullAway.Init")
  private String namespaces;

  private final List<Metric> metrics =
      IntStream.range(0, 60)
          .mapToObj(i -> new Metric("net.in", 0, Map.of("interface", "eth" + i), i * 1000.5))
          .toList();

  private final Discards discards = new Discards(new Counters(), System::nanoTime);
  private final DeliveryBuffer buffer =
      new DeliveryBuffer(
          "q",
          new AgentConfig.Delivery(
              256 << 10,
              Duration.ofSeconds(1),
              8 << 20,
              "memory",
              0,
              Duration.ofDays(1),
              0,
              0,
              false),
          () -> 1 << 20,
          discards,
          System::nanoTime);

  private final Pipeline pipeline =
      new Pipeline(
          List.of(
              new Pipeline.Target(
                  new AgentConfig.OutputConfig(
                      "q",
                      "stdout",
                      new AgentConfig.Encoding("influx", false, "s"),
                      true,
                      new StdoutType.Settings()),
                  buffer)),
          () -> "host-1",
          Clock.systemUTC(),
          new Counters(),
          discards);

  private List<String> all() {
    return IntStream.range(0, Integer.parseInt(namespaces)).mapToObj(i -> "ns" + i).toList();
  }

  /** As the scheduler does it. */
  @Benchmark
  public int together() {
    pipeline.accept(all(), "NET", "", metrics);
    return drain();
  }

  /** Encoded again for each namespace. */
  @Benchmark
  public int each() {
    all().forEach(namespace -> pipeline.accept(namespace, "NET", "", metrics));
    return drain();
  }

  private int drain() {
    buffer.sealDue(true);
    int messages = 0;
    for (QueuedMessage entry = buffer.take(); entry != null; entry = buffer.take()) {
      buffer.done(entry);
      messages++;
    }
    return messages;
  }
}
