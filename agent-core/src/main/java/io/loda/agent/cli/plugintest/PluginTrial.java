package io.loda.agent.cli.plugintest;

import io.loda.agent.assignment.Assignment;
import io.loda.agent.assignment.policy.HostPolicy;
import io.loda.agent.cli.AtWork;
import io.loda.agent.config.AgentConfig;
import io.loda.agent.source.Collected;
import io.loda.agent.source.script.PluginLook;
import io.loda.agent.source.script.ScriptPlugin;
import io.loda.agent.source.script.ScriptSource;
import io.loda.agent.source.script.StreamSource;
import io.loda.agent.source.script.result.RunResult;
import io.loda.agent.source.script.run.ScriptRunner;
import io.loda.agent.source.script.user.PluginUser;
import io.loda.agent.source.script.user.PluginUsers;
import io.loda.common.files.FileReason;
import io.loda.common.files.Trust;
import io.loda.common.files.allowed.LocalRoots;
import io.loda.common.lifecycle.SmallVertx;
import io.loda.common.telemetry.Counters;
import io.loda.common.telemetry.Discards;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** Runs a script plugin with the same parts as a running agent. */
final class PluginTrial {

  private static final String REFUSED = "path: would refuse it on this host: ";
  private static final Duration CLOSE = Duration.ofSeconds(5);

  private final AgentConfig config;
  private final PluginUser user;
  private final Assignment.Script script;
  private final @Nullable Path local;
  private final TrialReport report;
  private final TrialRaw raw;
  private final LocalRoots roots;

  /**
   * Makes a trial.
   *
   * @param roots the folders that an assigned folder has to be in
   * @param local the plugin's folder; null: its repository is fetched
   */
  PluginTrial(
      AgentConfig config,
      PluginUser user,
      Assignment.Script script,
      @Nullable Path local,
      LocalRoots roots,
      TrialReport report,
      TrialRaw raw) {
    this.roots = roots;
    this.config = config;
    this.user = user;
    this.script = script;
    this.local = local;
    this.report = report;
    this.raw = raw;
  }

  /**
   * Runs it some times, one after the other; returns 0 if the agent would call all of them good
   * runs, else 1.
   */
  int run(int times) throws InterruptedException {
    Vertx vertx = SmallVertx.create();
    ScriptRunner runner =
        new ScriptRunner(
            vertx,
            config.plugins(),
            PluginUsers.of(user, config.plugins(), config.host().dataDir()),
            () -> HostPolicy.maxTimeout(config.policies()),
            new Counters());
    // end the processes that it started, also after ^C
    Thread onSignal = new Thread(() -> close(runner), "end-run");
    Runtime.getRuntime().addShutdownHook(onSignal);
    try {
      // an agent would let kept processes go on, but nobody would end them after this command
      runner.keepOnly(Set.of()).toCompletionStage().toCompletableFuture().get();
      Path folder = local;
      if (folder == null) {
        AtWork work = AtWork.on(() -> report.say("note", "fetches the repository…"));
        try {
          folder = new TrialFetch(config, vertx, runner).checkout(script);
        } finally {
          work.end();
        }
      }
      return run(runner, folder, times);
    } catch (ExecutionException e) {
      Throwable cause = e.getCause() == null ? e : e.getCause();
      report.say("result", "failed: " + cause.getMessage());
      return 1;
    } finally {
      close(runner);
      vertx.close();
    }
  }

  private void close(ScriptRunner runner) {
    try {
      runner
          .close()
          .toCompletionStage()
          .toCompletableFuture()
          .get(CLOSE.toSeconds(), TimeUnit.SECONDS);
    } catch (TimeoutException e) {
      report.say(
          "warning",
          "timeout after " + CLOSE.toSeconds() + " s: some of what the run started still runs");
    } catch (InterruptedException | ExecutionException e) {
      // it is closed already, or the close failed
    }
  }

  private int run(ScriptRunner runner, Path folder, int times) throws InterruptedException {
    boolean onDemand = script.interval().isZero();
    Duration wanted =
        onDemand ? config.plugins().runTimeout() : ScriptSource.timeout(script.interval());
    Duration allowed = HostPolicy.maxTimeout(config.policies());
    Duration timeout = wanted.compareTo(allowed) < 0 ? wanted : allowed;
    found(folder, timeout);
    if (script.stream()) {
      return new StreamTrial(script, report, raw)
          .run(runner, times, discards -> new StreamSource(plugin(runner, folder, discards)));
    }
    ScriptSource source =
        new ScriptSource(plugin(runner.watchedBy(raw), folder, report.discards()));
    int worst = 0;
    for (int i = 0; i < times; i++) {
      worst = Math.max(worst, runOnce(source, onDemand, timeout));
    }
    return worst;
  }

  private ScriptPlugin plugin(ScriptRunner runner, Path folder, Discards discards) {
    return local == null
        ? ScriptPlugin.inCheckout(script, runner, folder, commit -> {}, discards)
        : ScriptPlugin.inFolder(
            script,
            runner,
            folder,
            config.plugins().dir().resolve(".copies").resolve("tested"),
            Trust.everybody(),
            discards);
  }

  private int runOnce(ScriptSource source, boolean onDemand, Duration timeout)
      throws InterruptedException {
    Future<Collected> future =
        onDemand ? source.runOnDemand(script.parameters(), timeout) : source.runScheduled();
    Collected collected;
    try {
      collected = future.toCompletionStage().toCompletableFuture().get();
    } catch (ExecutionException e) {
      report.say("result", "failed: " + FileReason.of(e));
      return 1;
    }
    RunResult result = Objects.requireNonNull(collected.run());
    raw.lines().forEach(line -> report.say("raw", line));
    report.refuse(result.refused());
    report.points(collected.batches(), script.namespace(), script.name());
    report.stderr(result.stderr());
    report.badOutput(result.badOutput());
    TrialWarnings.of(result, script, timeout).forEach(line -> report.say("warning", line));
    report.result(result, report.refused());
    return result.ok() ? 0 : 1;
  }

  private void found(Path folder, Duration timeout) {
    PluginLook look = PluginLook.at(folder, user);
    report.say(
        "found",
        (look.program().isEmpty() ? "neither plugin.sh nor plugin" : look.program())
            + " in "
            + folder
            + (look.copied() ? " (a copy of it is run, since its user can't get there)" : "")
            + "; runs as "
            + user.description()
            + " with "
            + (script.parameters().isEmpty() ? "no arguments" : script.parameters())
            + ", for at most "
            + timeout.toMillis() / 1000.0
            + " s");
    if (look.program().isEmpty()) {
      report.say(
          "warning", "nor is there a jar in it or in target: a Java plugin has to be built first");
    }
    if (local != null) {
      whetherAssigned(local);
    }
    look.warnings().forEach(line -> report.say("warning", line));
  }

  /** Warns if the agent would refuse an item with this folder. */
  private void whetherAssigned(Path folder) {
    try {
      Optional<String> problem = config.plugins().pathTrust().problem(folder);
      problem.ifPresent(why -> report.say("warning", REFUSED + why));
      roots.check(folder);
    } catch (IOException e) {
      report.say("warning", REFUSED + FileReason.of(e));
    }
  }
}
