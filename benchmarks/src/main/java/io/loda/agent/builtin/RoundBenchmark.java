package io.loda.agent.builtin;

import io.loda.agent.builtin.disk.DiskPlugin;
import io.loda.agent.builtin.host.CpuPlugin;
import io.loda.agent.builtin.host.MemPlugin;
import io.loda.agent.builtin.net.NetPlugin;
import io.loda.agent.builtin.process.PsPlugin;
import io.loda.agent.plugin.AgentParameters;
import io.loda.agent.plugin.MetricPlugin;
import io.loda.agent.plugin.Sampler;
import java.util.List;
import java.util.Map;
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

/** One round of what every host is asked each ten seconds, and the same by OSHI. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class RoundBenchmark {
  private List<Sampler> round = List.of();

  @SuppressWarnings("NullAway.Init")
  private OshiRound oshi;

  @Setup
  public void open() {
    round =
        List.of(
            open(new CpuPlugin()),
            open(new MemPlugin()),
            open(new DiskPlugin()),
            open(new NetPlugin()),
            open(new PsPlugin()));
    oshi = new OshiRound();
  }

  private static Sampler open(MetricPlugin plugin) {
    return plugin.open(Map.of(AgentParameters.INTERFACES, "eth,en"));
  }

  @TearDown
  public void close() {
    round.forEach(Sampler::close);
  }

  @Benchmark
  public int cpu() throws Exception {
    return round.get(0).collect().size();
  }

  @Benchmark
  public int mem() throws Exception {
    return round.get(1).collect().size();
  }

  @Benchmark
  public int disk() throws Exception {
    return round.get(2).collect().size();
  }

  @Benchmark
  public int net() throws Exception {
    return round.get(3).collect().size();
  }

  @Benchmark
  public int ps() throws Exception {
    return round.get(4).collect().size();
  }

  @Benchmark
  public int wholeRound() throws Exception {
    int metrics = 0;
    for (Sampler sampler : round) {
      metrics += sampler.collect().size();
    }
    return metrics;
  }

  @Benchmark
  public double oshiCpu() {
    return oshi.cpu();
  }

  @Benchmark
  public double oshiMem() {
    return oshi.mem();
  }

  @Benchmark
  public long oshiDisk() {
    return oshi.disk();
  }

  @Benchmark
  public long oshiNet() {
    return oshi.net();
  }

  @Benchmark
  public int oshiPs() {
    return oshi.ps();
  }
}
