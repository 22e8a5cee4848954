package io.loda.agent.builtin;

import io.loda.agent.plugin.Sampler;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/** One round of fifty {@code PROC} items among five hundred processes. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class ProcBenchmark {

  @SuppressWarnings("NullAway.Init")
  private FiveHundredProcesses host;

  private List<Sampler> items = List.of();

  @Setup
  public void start() throws IOException {
    host = new FiveHundredProcesses();
    items = host.items();
  }

  @TearDown
  public void stop() throws IOException {
    host.close();
  }

  @Benchmark
  public int fiftyPrograms() throws Exception {
    host.nextRound();
    int metrics = 0;
    for (Sampler item : items) {
      metrics += item.collect().size();
    }
    return metrics;
  }
}
