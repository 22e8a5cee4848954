package io.loda.agent;

import io.loda.agent.assignment.Assignment;
import io.loda.agent.assignment.HostPolicy;
import io.loda.agent.config.AgentConfig;
import io.loda.agent.files.Trust;
import io.loda.agent.source.script.PluginLook;
import io.loda.agent.source.script.PluginUser;
import io.loda.agent.source.script.PluginUsers;
import io.loda.agent.source.script.RunResult;
import io.loda.agent.source.script.ScriptRunner;
import io.loda.agent.source.script.ScriptSource;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** One run of a script plugin's folder by the same parts that a running agent has. */
final class PluginTrial {

  private static final Duration CLOSE = Duration.ofSeconds(5);

  private final AgentConfig config;
  private final PluginUser user;
  private final Assignment.Script script;
  private final Path folder;
  private final TrialReport report;

  PluginTrial(
      AgentConfig config,
      PluginUser user,
      Assignment.Script script,
      Path folder,
      TrialReport report) {
    this.config = config;
    this.user = user;
    this.script = script;
    this.folder = folder;
    this.report = report;
  }

  /** Runs it; 0 where production would call that a good run, else 1. */
  int run() throws InterruptedException {
    Vertx vertx = StartCommand.vertx();
    ScriptRunner runner =
        new ScriptRunner(
            vertx,
            config.plugins(),
            PluginUsers.of(user, config.plugins(), config.host().dataDir()),
            () -> HostPolicy.maxTimeout(config.policies()));
    // what it started goes with it, also after ^C
    Thread onSignal = new Thread(() -> close(runner), "end-run");
    Runtime.getRuntime().addShutdownHook(onSignal);
    try {
      return run(runner);
    } finally {
      close(runner);
      vertx.close();
    }
  }

  private static void close(ScriptRunner runner) {
    try {
      runner
          .close()
          .toCompletionStage()
          .toCompletableFuture()
          .get(CLOSE.toSeconds(), TimeUnit.SECONDS);
    } catch (InterruptedException | ExecutionException | TimeoutException e) {
      // closed already, or it can't be
    }
  }

  private int run(ScriptRunner runner) throws InterruptedException {
    Path copy = config.plugins().dir().resolve(".copies").resolve("tested");
    ScriptSource source =
        ScriptSource.ofFolder(script, runner, folder, copy, Trust.everybody(), report.discards());
    boolean onDemand = script.interval().isZero();
    Duration wanted = onDemand ? config.plugins().runTimeout() : source.timeout();
    Duration allowed = HostPolicy.maxTimeout(config.policies());
    Duration timeout = wanted.compareTo(allowed) < 0 ? wanted : allowed;
    found(timeout);
    if (script.stream()) {
      return new StreamTrial(config, script, folder, report).run(runner);
    }
    Future<ScriptSource.Run> future =
        onDemand ? source.runOnDemand(script.parameters(), timeout) : source.runScheduled();
    ScriptSource.Run run;
    try {
      run = future.toCompletionStage().toCompletableFuture().get();
    } catch (ExecutionException e) {
      report.say("result", "failed: " + e.getCause());
      return 1;
    }
    RunResult result = run.result();
    report.refuse(result.refused());
    report.points(run.collected().batches(), script.namespace(), script.name());
    report.stderr(result.stderr());
    TrialWarnings.of(result, script, timeout).forEach(line -> report.say("warning", line));
    report.result(Objects.requireNonNull(run.collected().run()), report.refused());
    return result.ok() ? 0 : 1;
  }

  private void found(Duration timeout) {
    PluginLook look = PluginLook.at(folder, user);
    report.say(
        "found",
        (look.program().isEmpty() ? "neither plugin.sh nor plugin" : look.program())
            + " in "
            + folder
            + (look.copied()
                ? " (a copy of it is run, since " + user.description() + " can't get there)"
                : "")
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
    try {
      config
          .plugins()
          .pathTrust()
          .problem(folder)
          .ifPresent(why -> report.say("warning", "path: would refuse it on this host: " + why));
    } catch (IOException e) {
      report.say("warning", "path: would refuse it on this host: " + e.getMessage());
    }
    look.warnings().forEach(line -> report.say("warning", line));
  }
}
