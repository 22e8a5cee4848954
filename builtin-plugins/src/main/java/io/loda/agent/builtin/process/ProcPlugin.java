package io.loda.agent.builtin.process;

import io.loda.agent.builtin.kit.HostTrees;
import io.loda.agent.builtin.kit.ItemFields;
import io.loda.agent.plugin.MetricPlugin;
import io.loda.agent.plugin.Sampler;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * {@code PROC}: how many processes of a program there are and what they use.
 *
 * <p>Which ones: {@code bin_path} (the executable), {@code cmdline} (a regular expression that is
 * found in the arguments, joined by blanks), {@code user} (name or number), {@code pid_file}. At
 * least one, and all that are given must hold.
 */
public final class ProcPlugin implements MetricPlugin {

  /** Shared by all items, so that a round looks through {@code /proc} once. */
  private final Map<Path, ProcessTable> tables = new ConcurrentHashMap<>();

  @Override
  public String name() {
    return "PROC";
  }

  @Override
  public Sampler open(Map<String, String> parameters) {
    ItemFields given = new ItemFields(parameters);
    HostTrees host = given.host();
    ProcessTable table =
        tables.computeIfAbsent(host.proc(), proc -> new ProcessTable(proc, System::nanoTime));
    ProcSampler sampler =
        new ProcSampler(
            given.required("name"),
            host,
            table,
            ProcessSelection.of(given, host),
            System::nanoTime);
    sampler.start();
    return sampler;
  }
}
