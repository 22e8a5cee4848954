package io.loda.agent.builtin;

import io.loda.agent.plugin.MetricPlugin;
import io.loda.agent.plugin.Sampler;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Map;

/**
 * {@code COREDUMP}: 1 for each new core file, in {@code dir} ({@code /home/coresave}) and where
 * systemd-coredump puts them.
 */
public final class CoreDumpPlugin implements MetricPlugin {

  @Override
  public String name() {
    return "COREDUMP";
  }

  @Override
  public Sampler open(Map<String, String> parameters) {
    Parameters given = new Parameters(parameters);
    Host host = given.host();
    List<Path> folders =
        List.of(
            host.resolve(given.text("dir").orElse("/home/coresave")),
            host.resolve("/var/lib/systemd/coredump"));
    StateFile state = new StateFile(given.stateDirectory(), "core-dumps");
    CoreDumpSampler sampler = new CoreDumpSampler(folders, state, Clock.systemUTC());
    sampler.start();
    return sampler;
  }
}
