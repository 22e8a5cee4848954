package io.loda.agent.builtin.net;

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
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.LongSupplier;

/**
 * Measures why connections may be slow or refused: TCP retransmissions from {@code /proc/net/snmp},
 * and the use of the connection tracking table, if there is one.
 */
final class TcpSampler implements Sampler {

  private final KernelText snmp;
  private final Path conntrack;
  private final KernelText conntrackCount;
  private final KernelText conntrackMax;
  private final Baseline<Long> baseline;

  TcpSampler(HostTrees host, LongSupplier nanoTime) {
    this.snmp = KernelText.keyed(host.namespaced("net/snmp"));
    this.conntrack = host.proc().resolve("sys/net/netfilter/nf_conntrack_count");
    this.conntrackCount = KernelText.columns(conntrack);
    this.conntrackMax = KernelText.columns(conntrack.resolveSibling("nf_conntrack_max"));
    this.baseline = new Baseline<>(nanoTime);
  }

  @Override
  public List<Metric> collect() throws IOException {
    Points points = new Points();
    long now = readRetransmits();
    baseline
        .advance(now)
        .ifPresent(
            span -> {
              long segments = Counter.grown(span.before(), now);
              if (segments != Counter.RESET) {
                double rate = TwoDecimals.cut(segments / span.seconds());
                points.add("net.tcp.retransmits", rate);
              }
            });
    if (Files.exists(conntrack)) {
      double percent = TwoDecimals.percent(single(conntrackCount), single(conntrackMax));
      points.add("conntrack.used.percent", percent);
    }
    return points.list();
  }

  /** Reads the retransmissions; the file has two lines for each protocol, names and values. */
  private long readRetransmits() throws IOException {
    TextCursor text = snmp.read();
    while (text.nextLine()) {
      if (text.nextField() && text.is("Tcp")) {
        int column = 0;
        while (text.nextField() && !text.is("RetransSegs")) {
          column++;
        }
        text.nextLine();
        text.skip(column + 1);
        return text.nextNumber();
      }
    }
    throw new IOException("no line \"Tcp:\" in /proc/net/snmp");
  }

  private static long single(KernelText file) throws IOException {
    TextCursor text = file.read();
    text.nextLine();
    return text.nextNumber();
  }
}
