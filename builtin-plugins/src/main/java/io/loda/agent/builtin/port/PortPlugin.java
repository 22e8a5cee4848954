package io.loda.agent.builtin.port;

import io.loda.agent.builtin.kit.ItemFields;
import io.loda.agent.plugin.MetricPlugin;
import io.loda.agent.plugin.Sampler;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;

/**
 * {@code PORT}: whether a port of this host is open, 1 or 0.
 *
 * <p>Beyond the contract an item may have another {@code host}, and a {@code protocol}: see {@link
 * PortChecks}. With a protocol it also sends {@code <name>.time_ms} while the port answers, and
 * {@code <name>.cert_days} if the protocol uses certificates.
 */
public final class PortPlugin implements MetricPlugin {
  private static final int DEFAULT_INTERVAL_SECONDS = 60;

  private final PortRounds rounds = new PortRounds(System::nanoTime);
  private final PortChecks checks = new PortChecks();

  @Override
  public String name() {
    return "PORT";
  }

  @Override
  public Sampler open(Map<String, String> parameters) {
    ItemFields given = new ItemFields(parameters);
    String name = given.required("name");
    Optional<String> protocol = given.text("protocol");
    int interval = given.integer("interval", DEFAULT_INTERVAL_SECONDS, 0, Integer.MAX_VALUE);
    PortCheck check = checks.of(protocol.orElse("tcp"), given);
    PortRounds.Port port = rounds.add(check, Duration.ofSeconds(interval).toNanos());
    return new PortSampler(name, protocol.isPresent(), rounds, port, checks);
  }
}
