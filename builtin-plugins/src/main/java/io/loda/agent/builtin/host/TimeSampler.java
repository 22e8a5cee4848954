package io.loda.agent.builtin.host;

import io.loda.agent.plugin.Metric;
import io.loda.agent.plugin.Sampler;
import java.io.IOException;
import java.util.List;

/** Asks the NTP servers in turn until one answers. */
final class TimeSampler implements Sampler {

  /** A datagram may get lost, but more time-outs would take too long. */
  private static final int TRIES = 3;

  private final List<String> servers;
  private final SntpClient client;

  TimeSampler(List<String> servers, SntpClient client) {
    this.servers = List.copyOf(servers);
    this.client = client;
  }

  @Override
  public List<Metric> collect() throws IOException {
    if (servers.isEmpty()) {
      return List.of();
    }
    IOException failure = new IOException();
    for (int i = 0; i < TRIES; i++) {
      try {
        return List.of(Metric.of("time.offset", client.offset(servers.get(i % servers.size()))));
      } catch (IOException e) {
        failure = e;
      }
    }
    throw new IOException(
        "no NTP server of %s answers; set agent.ntp-servers to ones that this host can reach: %s"
            .formatted(servers, failure),
        failure);
  }
}
