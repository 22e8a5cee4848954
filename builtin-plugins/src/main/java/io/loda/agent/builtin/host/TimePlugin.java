package io.loda.agent.builtin.host;

import io.loda.agent.builtin.kit.ItemFields;
import io.loda.agent.plugin.AgentParameters;
import io.loda.agent.plugin.MetricPlugin;
import io.loda.agent.plugin.Sampler;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/**
 * {@code TIME}: the offset of the host's clock from an NTP server's; sends nothing without a
 * server.
 */
public final class TimePlugin implements MetricPlugin {
  private static final int NTP_PORT = 123;
  private static final Duration TIMEOUT = Duration.ofSeconds(1);

  @Override
  public String name() {
    return "TIME";
  }

  @Override
  public Sampler open(Map<String, String> parameters) {
    List<String> servers = new ItemFields(parameters).list(AgentParameters.NTP_SERVERS, "");
    return new TimeSampler(servers, new SntpClient(NTP_PORT, TIMEOUT, Clock.systemUTC()));
  }
}
