package io.loda.agent.builtin.disk;

import static io.loda.agent.builtin.FakeHost.values;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.entry;

import io.loda.agent.builtin.FakeHost;
import io.loda.agent.builtin.kit.Samplers;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DiskSamplerTest {
  private final FakeHost fake;

  DiskSamplerTest(@TempDir Path folder) {
    fake =
        new FakeHost(folder)
            .sys("block/vda/size", "1")
            .sys("block/cciss!c0d0/size", "1")
            .sys("block/loop0/size", "1")
            .sys("block/dm-0/size", "1")
            .sys("class/block/vda1/partition", "1");
  }

  private DiskSampler started(boolean partitions) {
    DiskSampler sampler =
        new DiskSampler(
            fake.host(), new BlockDevices(fake.host(), partitions), () -> fake.nanoTime);
    return Samplers.begun(sampler);
  }

  /** Counters: reads, ms reading, writes, ms writing, ms busy. */
  private static String disk(String name, long... c) {
    return " 254 0 %s %d 7 9 %d %d 7 9 %d 3 %d 999\n".formatted(name, c[0], c[1], c[2], c[3], c[4]);
  }

  @Test
  void givesRatesOverTheTimeThatPassed() throws IOException {
    long large = 5_000_000_000L; // beyond 32 bits
    fake.proc("diskstats", disk("vda", large, 500, 200, 100, 1000));
    DiskSampler sampler = started(false);
    fake.pass(10);
    fake.proc("diskstats", disk("vda", large + 151, 510, 332, 200, 1052));

    assertThat(values(sampler.collect()))
        .containsOnly(
            entry("disk.io.read_requests{device=vda}", 15.1),
            entry("disk.io.write_requests{device=vda}", 13.2),
            entry("disk.io.await{device=vda}", 0.38),
            entry("disk.io.util{device=vda}", 0.52));
  }

  @Test
  void readsTheLongerLinesOfNewerKernels() throws IOException {
    String more = " 3494 32 186640 172 516 19\n";
    fake.proc("diskstats", disk("vda", 0, 0, 0, 0, 0).replace("\n", more));
    DiskSampler sampler = started(false);
    fake.pass(2);
    fake.proc("diskstats", disk("vda", 3, 6, 0, 0, 1000).replace("\n", more));

    assertThat(values(sampler.collect()))
        .containsEntry("disk.io.read_requests{device=vda}", 1.5)
        .containsEntry("disk.io.await{device=vda}", 2.0)
        .containsEntry("disk.io.util{device=vda}", 50.0);
  }

  @Test
  void leavesOutWhatIsMadeOfOtherDevicesAndPartitions() throws IOException {
    String all =
        disk("vda", 1, 1, 1, 1, 1)
            + disk("vda1", 1, 1, 1, 1, 1)
            + disk("loop0", 1, 1, 1, 1, 1)
            + disk("dm-0", 1, 1, 1, 1, 1)
            + disk("cciss/c0d0", 1, 1, 1, 1, 1);
    fake.proc("diskstats", all);
    DiskSampler disks = started(false);
    DiskSampler withPartitions = started(true);
    fake.pass(10);

    assertThat(disks.collect())
        .extracting(metric -> metric.tags().get("device"))
        .containsOnly("vda", "cciss/c0d0");
    assertThat(withPartitions.collect())
        .extracting(metric -> metric.tags().get("device"))
        .containsOnly("vda", "vda1", "cciss/c0d0");
  }

  @Test
  void givesNoRateOfACounterThatWentBack() throws IOException {
    fake.proc("diskstats", disk("vda", 100, 4_294_967_290L, 100, 100, 100));
    DiskSampler sampler = started(false);
    fake.pass(10);
    fake.proc("diskstats", disk("vda", 110, 5, 110, 110, 110)); // wrapped at 32 bits

    assertThat(values(sampler.collect()))
        .containsOnlyKeys(
            "disk.io.read_requests{device=vda}",
            "disk.io.write_requests{device=vda}",
            "disk.io.util{device=vda}");
  }

  @Test
  void takesDisksThatComeAndGo() throws IOException {
    fake.proc("diskstats", disk("vda", 1, 1, 1, 1, 1));
    DiskSampler sampler = started(false);
    fake.pass(10);
    fake.sys("block/vdb/size", "1").proc("diskstats", disk("vdb", 1000, 1, 1, 1, 1));
    assertThat(sampler.collect()).isEmpty();

    fake.pass(10);
    fake.proc("diskstats", disk("vdb", 1010, 1, 1, 1, 1));
    assertThat(values(sampler.collect())).containsEntry("disk.io.read_requests{device=vdb}", 1.0);
  }

  @Test
  void isNeverBusierThanAllTheTime() throws IOException {
    fake.proc("diskstats", disk("vda", 0, 0, 0, 0, 0));
    DiskSampler sampler = started(false);
    fake.pass(10);
    fake.proc("diskstats", disk("vda", 0, 0, 0, 0, 10_050));

    assertThat(values(sampler.collect())).containsEntry("disk.io.util{device=vda}", 100.0);
  }
}
