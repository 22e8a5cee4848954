package io.loda.agent.builtin.net;

import io.loda.agent.builtin.kit.HostTrees;
import io.loda.agent.builtin.kit.KernelText;
import io.loda.agent.builtin.kit.Points;
import io.loda.agent.builtin.kit.TextCursor;
import io.loda.agent.plugin.Metric;
import io.loda.agent.plugin.Sampler;
import java.io.IOException;
import java.util.List;

/** Counts sockets from {@code /proc/net/sockstat}: all, and those of TCP over IPv4. */
final class SocketSampler implements Sampler {
  private final KernelText sockStat;

  SocketSampler(HostTrees host) {
    this.sockStat = KernelText.keyed(host.namespaced("net/sockstat"));
  }

  @Override
  public List<Metric> collect() throws IOException {
    Points points = new Points();
    TextCursor text = sockStat.read();
    while (text.nextLine() && text.nextField()) {
      if (text.is("sockets")) {
        addValue(text, "used", "net.sockets.used", points);
      } else if (text.is("TCP")) {
        addValue(text, "inuse", "net.tcp.inuse", points);
        addValue(text, "tw", "net.tcp.timewait", points);
      }
    }
    return points.list();
  }

  private static void addValue(TextCursor text, String key, String name, Points points) {
    while (text.nextField()) {
      if (text.is(key)) {
        points.add(name, text.nextNumber());
        return;
      }
    }
  }
}
