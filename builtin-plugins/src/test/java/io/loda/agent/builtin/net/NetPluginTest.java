package io.loda.agent.builtin.net;

import static io.loda.agent.builtin.FakeHost.values;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.entry;

import io.loda.agent.builtin.FakeHost;
import io.loda.agent.builtin.kit.Samplers;
import io.loda.agent.plugin.Sampler;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NetPluginTest {
  private final FakeHost fake;

  NetPluginTest(@TempDir Path folder) {
    fake =
        new FakeHost(folder)
            .proc(
                "net/sockstat",
                """
                sockets: used 32
                TCP: inuse 14 orphan 0 tw 52 alloc 20 mem 1
                UDP: inuse 2 mem 0
                """)
            .sys("class/net/eth0/speed", "1000\n");
  }

  private InterfaceSampler started(String... prefixes) {
    InterfaceSampler sampler =
        new InterfaceSampler(fake.host(), List.of(prefixes), () -> fake.nanoTime);
    return Samplers.begun(sampler);
  }

  private void traffic(String... lines) {
    fake.proc(
        "net/dev",
        """
        Inter-|   Receive                                                |  Transmit
         face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop
        """
            + String.join("", lines));
  }

  private static String line(String name, long in, long inDrop, long out, long outDrop) {
    return "  %s:%d 5 0 %d 0 0 0 0 %d 6 0 %d 0 0 0 0\n".formatted(name, in, inDrop, out, outDrop);
  }

  @Test
  void givesBitsAndDropsASecondAndTheShareOfTheSpeed() throws IOException {
    long large = 1L << 40;
    traffic(line("eth0", large, 10, 1000, 0), line("lo", 9, 9, 9, 9));
    InterfaceSampler sampler = started("eth", "en");
    fake.pass(10);
    traffic(line("eth0", large + 125_000_000, 25, 13_501_000, 1), line("lo", 99, 9, 99, 9));

    assertThat(values(sampler.collect()))
        .containsOnly(
            entry("net.in{interface=eth0}", 100_000_000.0),
            entry("net.out{interface=eth0}", 10_800_000.0),
            entry("net.in.dropped{interface=eth0}", 1.5),
            entry("net.out.dropped{interface=eth0}", 0.1),
            entry("net.in.percent{interface=eth0}", 10.0),
            entry("net.out.percent{interface=eth0}", 1.08),
            entry("net.speed{interface=eth0}", 1000.0));
  }

  @Test
  void givesNoShareOfAnUnknownSpeed() throws IOException {
    fake.sys("class/net/eth0/speed", "-1\n");
    traffic(line("eth0", 0, 0, 0, 0), line("enp3s0", 0, 0, 0, 0));
    InterfaceSampler sampler = started("eth", "en");
    fake.pass(10);

    assertThat(values(sampler.collect()))
        .containsEntry("net.speed{interface=eth0}", 0.0)
        .containsEntry("net.speed{interface=enp3s0}", 0.0)
        .doesNotContainKeys("net.in.percent{interface=eth0}", "net.in.percent{interface=enp3s0}");
  }

  @Test
  void givesNoRateOfCountersThatWentBackNorOfNewInterfaces() throws IOException {
    traffic(line("eth0", 5000, 10, 5000, 0));
    InterfaceSampler sampler = started("eth");
    fake.pass(10);
    traffic(line("eth0", 10, 0, 6000, 0), line("eth1", 1 << 30, 0, 1 << 30, 0));

    assertThat(values(sampler.collect()))
        .containsOnlyKeys(
            "net.out{interface=eth0}",
            "net.out.percent{interface=eth0}",
            "net.out.dropped{interface=eth0}",
            "net.speed{interface=eth0}",
            "net.speed{interface=eth1}");
  }

  @Test
  void measuresTheLoopbackOnlyWhenAskedFor() throws IOException {
    traffic(line("lo", 0, 0, 0, 0));
    InterfaceSampler sampler = started("lo");
    fake.pass(10);

    assertThat(values(sampler.collect())).containsEntry("net.in{interface=lo}", 0.0);
  }

  @Test
  void countsSockets() throws IOException {
    assertThat(values(new SocketSampler(fake.host()).collect()))
        .containsOnly(
            entry("net.sockets.used", 32.0),
            entry("net.tcp.inuse", 14.0),
            entry("net.tcp.timewait", 52.0));
  }

  @Test
  void looksWithTheEyesOfTheHostsFirstProcessWhenProcIsMountedElsewhere() throws Exception {
    traffic(line("eth0", 0, 0, 0, 0));
    fake.proc("1/net/sockstat", "sockets: used 7\n");
    try (Sampler sampler = new NetPlugin().open(fake.parameters())) {
      assertThat(values(sampler.collect()))
          .containsOnly(entry("net.sockets.used", 7.0), entry("net.speed{interface=eth0}", 1000.0));
    }
  }

  @Test
  void givesRetransmissionsAndTrackedConnectionsWhenAskedFor() throws IOException {
    String snmp = "Ip: Forwarding\nIp: 1\nTcp: RtoMin InSegs RetransSegs\nTcp: 200 5 %d\n";
    fake.proc("net/snmp", snmp.formatted(100))
        .proc("sys/net/netfilter/nf_conntrack_count", "32768\n")
        .proc("sys/net/netfilter/nf_conntrack_max", "262144\n");
    TcpSampler sampler = new TcpSampler(fake.host(), () -> fake.nanoTime);
    Samplers.begun(sampler);
    fake.pass(10);
    fake.proc("net/snmp", snmp.formatted(125));

    assertThat(values(sampler.collect()))
        .containsOnly(entry("net.tcp.retransmits", 2.5), entry("conntrack.used.percent", 12.5));
  }

  @Test
  void givesTheOthersWhenOnePartFails() throws Exception {
    try (Sampler sampler = new NetPlugin().open(fake.parameters())) {
      assertThat(values(sampler.collect())).containsEntry("net.sockets.used", 32.0); // no net/dev
    }
  }
}
