package io.loda.agent.builtin.host;

import io.loda.agent.builtin.kit.HostTrees;
import io.loda.agent.builtin.kit.ItemFields;
import io.loda.agent.builtin.kit.StateFile;
import io.loda.agent.plugin.MetricPlugin;
import io.loda.agent.plugin.Sampler;
import io.loda.common.files.allowed.LogFiles;
import io.loda.common.files.allowed.ReadsLogs;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * {@code COREDUMP}: sends 1 for each new core file in {@code dir} ({@code /home/coresave}) and in
 * the folders of systemd-coredump.
 */
public final class CoreDumpPlugin implements MetricPlugin, ReadsLogs {

  private static final String USUAL = "/home/coresave";
  private static final String SYSTEMD = "/var/lib/systemd/coredump";

  private volatile @Nullable LogFiles files;

  @Override
  public void logFiles(LogFiles given) {
    files = given;
  }

  @Override
  public String name() {
    return "COREDUMP";
  }

  @Override
  public Sampler open(Map<String, String> parameters) {
    ItemFields given = new ItemFields(parameters);
    LogFiles told = files;
    LogFiles logs = told == null ? given.logFiles() : told;
    HostTrees host = given.host();
    Path folder = host.resolve(given.text("dir").orElse(USUAL));
    List<Path> folders = List.of(folder, host.resolve(SYSTEMD));
    Set<Path> fixed = Set.of(host.resolve(USUAL), host.resolve(SYSTEMD));
    StateFile state = new StateFile(given.stateDirectory(), "core-dumps");
    CoreDumpSampler sampler = new CoreDumpSampler(folders, fixed, logs, state, Clock.systemUTC());
    sampler.start();
    return sampler;
  }
}
