package io.loda.agent.pipeline;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.loda.common.metric.JsonMetricReader;
import java.io.IOException;
import java.time.Clock;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** From a posted JSON list of 100 metrics to line protocol: ns a point. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class PostBenchmark {

  private static final int POINTS = 100;
  private static final ObjectMapper MAPPER = new ObjectMapper();

  private final byte[] body =
      IntStream.range(0, POINTS)
          .mapToObj(
              i ->
                  "{\"name\":\"app.requests.%d\",\"timestamp\":1795225573,\"tags\":{\"service\":\"shop\",\"zone\":\"eu-%d\"},\"value\":%d.5}"
                      .formatted(i % 10, i % 3, i))
          .collect(Collectors.joining(",", "[", "]"))
          .getBytes(UTF_8);

  private final JsonMetricReader reader = new JsonMetricReader();
  private final PointWriter writer =
      new PointWriter(
          List.of(new LineProtocolEncoder(false, 1)), () -> "host-1", Clock.systemUTC());

  /** As {@code /post} does it. */
  @Benchmark
  @OperationsPerInvocation(POINTS)
  public int streamed() throws IOException {
    writer.reset("RUN.", name -> {});
    reader.read(body, 0, body.length, writer, refused -> {});
    return writer.count();
  }

  /** A tree of Jackson's, and influxdb-java's point of each metric. */
  @Benchmark
  @OperationsPerInvocation(POINTS)
  public int treeAndInfluxdbJava() throws IOException {
    int bytes = 0;
    for (JsonNode metric : MAPPER.readTree(body)) {
      org.influxdb.dto.Point.Builder point =
          org.influxdb.dto.Point.measurement("RUN." + metric.path("name").textValue())
              .time(metric.path("timestamp").longValue(), TimeUnit.SECONDS)
              .tag("host", "host-1")
              .addField("value", metric.path("value").doubleValue());
      metric.path("tags").properties().forEach(t -> point.tag(t.getKey(), t.getValue().asText()));
      bytes += point.build().lineProtocol(TimeUnit.SECONDS).getBytes(UTF_8).length;
    }
    return bytes;
  }
}
