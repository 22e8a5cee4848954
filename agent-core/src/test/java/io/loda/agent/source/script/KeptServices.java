package io.loda.agent.source.script;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.loda.agent.assignment.OutputFormat;
import io.loda.agent.config.AgentConfig;
import io.loda.agent.config.Configs;
import io.loda.agent.config.PluginsConfig;
import io.loda.agent.source.script.kept.Keeper;
import io.loda.agent.source.script.process.GroupLimits;
import io.loda.agent.source.script.process.RunGroups;
import io.loda.agent.source.script.result.RunResult;
import io.loda.agent.source.script.run.Cancellation;
import io.loda.agent.source.script.run.RunRequest;
import io.loda.agent.source.script.run.RunTurn;
import io.loda.agent.source.script.system.ProcessStat;
import io.loda.agent.source.script.system.ProcessUser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Runs of a plugin that start services, each as a user of its own, with control groups. */
public final class KeptServices implements AutoCloseable {

  public static final String REPOSITORY = "git@git.example:ops/demo.git";
  static final String PROJECT = "demo";

  private final Path folder;
  private final long first;
  public final ScriptRuns runs;

  /**
   * Starts an agent's runner; what is not to be had here skips the test.
   *
   * @param first of the users; other test runs on the machine have other ones
   */
  public KeptServices(Path folder, long first, PluginsConfig config) throws Exception {
    this(folder, first, config, RunGroups.limited(GroupLimits.NONE));
    assumeTrue(
        !runs.runner.cage().contains("no control group"), "no control groups can be made here");
  }

  /** The same with these groups. */
  public KeptServices(Path folder, long first, PluginsConfig config, RunGroups groups)
      throws Exception {
    assumeTrue(ScriptRuns.ROOT, "only root can give plugins users of their own");
    this.folder = folder;
    this.first = first;
    runs = new ScriptRuns(folder, config.userIds(first, first + 9), groups);
    ScriptRuns.await(runs.runner.start());
  }

  /** From now on this plugin, and no other, may keep something. */
  public KeptServices allow() {
    allow(PROJECT);
    return this;
  }

  public void allow(String... projects) {
    Set<Keeper> keepers = new HashSet<>();
    for (String project : projects) {
      keepers.add(new Keeper("ns|" + project, REPOSITORY, true));
    }
    allow(keepers);
  }

  public void allow(Set<Keeper> keepers) {
    ScriptRuns.await(runs.runner.keepOnly(keepers));
  }

  static AgentConfig.Limits limits(int processes) {
    return Configs.limits(Duration.ofSeconds(60), 1L << 30, 256, processes, 64L << 20);
  }

  public RunResult run(boolean keep, String... lines) throws IOException {
    Path plugin = runs.plugin(lines);
    return ScriptRuns.await(
        runs.runner.run(
            () -> plugin,
            new RunRequest(
                "ns",
                PROJECT,
                PROJECT,
                List.of(),
                Duration.ZERO,
                Duration.ofSeconds(30),
                new Cancellation(),
                RunTurn.atOnce(),
                keep ? REPOSITORY : ""),
            OutputFormat.AUTO));
  }

  /**
   * A run that leaves a shell of these commands running, which begins once {@link #go} is called.
   */
  void startService(String commands) throws IOException {
    RunResult result =
        run(
            true,
            "setsid sh -c 'until [ -e "
                + go()
                + " ]; do sleep 0.05; done; "
                + commands
                + "' </dev/null >/dev/null 2>&1 &");
    assertThat(result.usage().kept()).as("%s", result).isPositive();
  }

  private Path go() throws IOException {
    return runs.scratch().resolve("go");
  }

  /** Lets services begin. */
  void begin() throws IOException {
    Files.createFile(go());
  }

  Path scratch() {
    return folder.resolve("data/.scratch/ns/" + PROJECT);
  }

  /** The processes of the plugins' users. */
  public List<Long> alive() {
    return alive(first);
  }

  /** All that those have. */
  long threads() {
    long threads = 0;
    for (long pid : alive()) {
      try {
        threads += ProcessStat.read(ProcessStat.folder(pid)).threads();
      } catch (IOException e) {
        // it has ended
      }
    }
    return threads;
  }

  private static List<Long> alive(long first) {
    List<Long> alive = new ArrayList<>();
    ProcessStat.forEach(
        (process, stat) -> {
          try {
            long uid = ProcessUser.realUid(process);
            if (!stat.ended() && uid >= first && uid <= first + 9) {
              alive.add(Long.valueOf(process.getFileName().toString()));
            }
          } catch (IOException e) {
            // it has ended
          }
        });
    return alive;
  }

  @Override
  public void close() {
    allow(new String[0]);
    runs.close();
  }
}
