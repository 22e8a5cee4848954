package io.loda.agent.builtin.process;

import io.loda.agent.builtin.kit.HostTrees;
import io.loda.agent.builtin.kit.ItemFields;
import io.loda.agent.builtin.kit.Samplers;
import io.loda.agent.plugin.MetricPlugin;
import io.loda.agent.plugin.Sampler;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * {@code PROC}: the number of a program's processes, and what they use.
 *
 * <p>The processes are chosen by {@code bin_path} (the executable), {@code cmdline} (a regular
 * expression that is found in the arguments, joined by blanks), {@code user} (name or number),
 * {@code pid_file}. At least one must be given, and all that are given must match.
 */
public final class ProcPlugin implements MetricPlugin {

  /** Shared by all items, so that a round lists {@code /proc} once. */
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
    return Samplers.begun(
        new ProcSampler(
            given.required("name"),
            host,
            table,
            ProcessSelection.of(given, host),
            System::nanoTime));
  }
}
