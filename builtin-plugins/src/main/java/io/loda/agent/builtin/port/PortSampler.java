package io.loda.agent.builtin.port;

import io.loda.agent.builtin.kit.Points;
import io.loda.agent.builtin.kit.TwoDecimals;
import io.loda.agent.plugin.Metric;
import io.loda.agent.plugin.Sampler;
import java.io.IOException;
import java.util.List;

/** Reports the answer of one item's port. */
final class PortSampler implements Sampler {
  private final String name;
  private final boolean detail;
  private final PortRounds rounds;
  private final PortRounds.Port port;
  private final PortChecks checks;

  PortSampler(
      String name, boolean detail, PortRounds rounds, PortRounds.Port port, PortChecks checks) {
    this.name = name;
    this.detail = detail;
    this.rounds = rounds;
    this.port = port;
    this.checks = checks;
  }

  @Override
  public List<Metric> collect() throws IOException, InterruptedException {
    PortResult result = rounds.answer(port);
    Points points = new Points();
    points.add(name, result.open() ? 1 : 0);
    if (detail && result.open()) {
      points.add(name + ".time_ms", TwoDecimals.cut(result.nanos() / 1e6));
    }
    result.certificateDays().ifPresent(days -> points.add(name + ".cert_days", days));
    return points.list();
  }

  @Override
  public void close() {
    if (rounds.remove(port)) {
      checks.idle();
    }
  }
}
