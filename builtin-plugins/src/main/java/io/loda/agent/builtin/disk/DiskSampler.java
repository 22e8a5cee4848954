package io.loda.agent.builtin.disk;

import io.loda.agent.builtin.kit.Baseline;
import io.loda.agent.builtin.kit.Counter;
import io.loda.agent.builtin.kit.HostTrees;
import io.loda.agent.builtin.kit.KernelText;
import io.loda.agent.builtin.kit.Points;
import io.loda.agent.builtin.kit.TextCursor;
import io.loda.agent.builtin.kit.TwoDecimals;
import io.loda.agent.plugin.Metric;
import io.loda.agent.plugin.Sampler;
import java.io.IOException;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.LongSupplier;

/** Measures disks from {@code /proc/diskstats}. */
final class DiskSampler implements Sampler {

  private final KernelText diskStats;
  private final BlockDevices devices;
  private final Baseline<Map<String, Disk>> baseline;

  DiskSampler(HostTrees host, BlockDevices devices, LongSupplier nanoTime) {
    this.diskStats = KernelText.columns(host.proc().resolve("diskstats"));
    this.devices = devices;
    this.baseline = new Baseline<>(nanoTime);
  }

  /**
   * The counters of a disk.
   *
   * @param readMillis the time of all its reads together
   * @param busyMillis the time with any request
   */
  private record Disk(long reads, long readMillis, long writes, long writeMillis, long busyMillis) {

    static Disk of(TextCursor line) {
      long reads = line.nextNumber();
      line.skip(2);
      long readMillis = line.nextNumber();
      long writes = line.nextNumber();
      line.skip(2);
      long writeMillis = line.nextNumber();
      line.skip(1);
      return new Disk(reads, readMillis, writes, writeMillis, line.nextNumber());
    }
  }

  @Override
  public List<Metric> collect() throws IOException {
    Points points = new Points();
    Map<String, Disk> now = read();
    baseline
        .advance(now)
        .ifPresent(
            span ->
                now.forEach(
                    (device, disk) -> {
                      Disk before = span.before().get(device);
                      if (before != null) {
                        add(device, before, disk, span.seconds(), points);
                      }
                    }));
    return points.list();
  }

  private Map<String, Disk> read() throws IOException {
    Map<String, Disk> disks = new HashMap<>();
    Set<String> present = new HashSet<>();
    TextCursor text = diskStats.read();
    while (text.nextLine() && text.skip(3)) {
      String device = text.text();
      present.add(device);
      if (devices.measured(device)) {
        disks.put(device, Disk.of(text));
      }
    }
    devices.present(present);
    return disks;
  }

  private static void add(String device, Disk before, Disk now, double seconds, Points points) {
    long reads = Counter.grown(before.reads, now.reads);
    long writes = Counter.grown(before.writes, now.writes);
    if (reads != Counter.RESET) {
      double rate = TwoDecimals.cut(reads / seconds);
      points.add("disk.io.read_requests", rate, "device", device);
    }
    if (writes != Counter.RESET) {
      double rate = TwoDecimals.cut(writes / seconds);
      points.add("disk.io.write_requests", rate, "device", device);
    }
    long readMillis = Counter.grown(before.readMillis, now.readMillis);
    long writeMillis = Counter.grown(before.writeMillis, now.writeMillis);
    if (reads != Counter.RESET
        && writes != Counter.RESET
        && readMillis != Counter.RESET
        && writeMillis != Counter.RESET) {
      long requests = reads + writes;
      double await =
          requests == 0 ? 0 : TwoDecimals.cut((double) (readMillis + writeMillis) / requests);
      points.add("disk.io.await", await, "device", device);
    }
    long busyMillis = Counter.grown(before.busyMillis, now.busyMillis);
    if (busyMillis != Counter.RESET) {
      // the kernel and this process read the clock at different moments, so bound it
      double util = Math.min(100, TwoDecimals.cut(busyMillis / (seconds * 10)));
      points.add("disk.io.util", util, "device", device);
    }
  }
}
