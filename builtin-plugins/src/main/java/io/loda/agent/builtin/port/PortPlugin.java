package io.loda.agent.builtin.port;

import io.loda.agent.builtin.kit.ItemFields;
import io.loda.agent.plugin.MetricPlugin;
import io.loda.agent.plugin.Sampler;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;

/**
 * {@code PORT}: whether somebody listens at a port of this host, 1 or 0.
 *
 * <p>Beyond the contract an item may name another {@code host}, and a {@code protocol}: see {@link
 * PortChecks}. With a protocol there is also {@code <name>.time_ms} while it answers, and with one
 * that uses certificates {@code <name>.cert_days}.
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
