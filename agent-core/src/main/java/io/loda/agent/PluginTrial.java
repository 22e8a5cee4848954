package io.loda.agent;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.loda.agent.assignment.Assignment;
import io.loda.agent.assignment.HostPolicy;
import io.loda.agent.config.AgentConfig;
import io.loda.agent.delivery.DeliveryBuffer;
import io.loda.agent.output.Message;
import io.loda.agent.pipeline.Pipeline;
import io.loda.agent.registry.HostIdentityReader;
import io.loda.agent.source.Batch;
import io.loda.agent.source.script.PluginLook;
import io.loda.agent.source.script.PluginUser;
import io.loda.agent.source.script.RunResult;
import io.loda.agent.source.script.ScriptRunner;
import io.loda.agent.source.script.ScriptSource;
import io.loda.agent.telemetry.Counters;
import io.loda.agent.telemetry.Discards;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;

/**
 * One run of a plugin's folder by the same parts that a running agent has, from the process to the
 * encoder; only what would go to an output is shown instead. Each line begins with what it is.
 */
final class PluginTrial {

  /** So that each point is a message of its own. */
  private static final long ONE_POINT = 1;

  private static final Duration CLOSE = Duration.ofSeconds(5);
  private static final int STDERR_LINES = 20;

  private final AgentConfig config;
  private final PluginUser user;
  private final Assignment.Script script;
  private final Path folder;
  private final Consumer<String> out;
  private final List<String> refused = new ArrayList<>();

  PluginTrial(
      AgentConfig config,
      PluginUser user,
      Assignment.Script script,
      Path folder,
      Consumer<String> out) {
    this.config = config;
    this.user = user;
    this.script = script;
    this.folder = folder;
    this.out = out;
  }

  private void say(String kind, String what) {
    // a plugin's words may hold anything, and this is a terminal perhaps
    out.accept("%-8s %s".formatted(kind, what.replaceAll("[\\p{Cntrl}&&[^\\t]]", "?")));
  }

  /** Runs it; 0 where production would call that a good run, else 1. */
  int run() throws InterruptedException {
    Vertx vertx = StartCommand.vertx();
    ScriptRunner runner =
        new ScriptRunner(vertx, config.plugins(), user, HostPolicy.maxTimeout(config.policies()));
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
    // what a plugin printed badly is in the run's result, one by one
    Discards discards =
        new Discards(
            new Counters(),
            (reason, detail) -> {
              if (!reason.equals("plugin-output")) {
                refused.add(detail);
              }
            });
    Path copy = config.plugins().dir().resolve(".copies").resolve("tested");
    ScriptSource source = ScriptSource.ofFolder(script, runner, folder, copy, discards);
    boolean onDemand = script.interval().isZero();
    Duration wanted = onDemand ? config.plugins().runTimeout() : source.timeout();
    Duration allowed = HostPolicy.maxTimeout(config.policies());
    Duration timeout = wanted.compareTo(allowed) < 0 ? wanted : allowed;
    found(timeout);
    Future<ScriptSource.Run> future =
        onDemand ? source.runOnDemand(script.parameters(), timeout) : source.runScheduled();
    ScriptSource.Run run;
    try {
      run = future.toCompletionStage().toCompletableFuture().get();
    } catch (ExecutionException e) {
      say("result", "failed: " + e.getCause());
      return 1;
    }
    RunResult result = run.result();
    refused.addAll(result.refused());
    points(run.collected().batches(), discards);
    refused.forEach(line -> say("refused", line));
    stderr(result.stderr());
    TrialWarnings.of(result, script, timeout).forEach(line -> say("warning", line));
    say("result", summary(result));
    return result.ok() ? 0 : 1;
  }

  private void found(Duration timeout) {
    PluginLook look = PluginLook.at(folder, user);
    say(
        "found",
        (look.program().isEmpty() ? "neither plugin.sh nor plugin" : look.program())
            + " in "
            + folder
            + (look.copied()
                ? " (a copy of it is run, since " + user.name() + " can't get there)"
                : "")
            + "; runs as "
            + user.name()
            + " with "
            + (script.parameters().isEmpty() ? "no arguments" : script.parameters())
            + ", for at most "
            + timeout.toMillis() / 1000.0
            + " s");
    look.warnings().forEach(line -> say("warning", line));
  }

  private void points(List<Batch> batches, Discards discards) {
    String hostname = new HostIdentityReader(config.host()).read().hostname();
    for (AgentConfig.Output output : config.outputs().values()) {
      DeliveryBuffer buffer =
          new DeliveryBuffer(
              output.name(), config.delivery(), ONE_POINT, discards, System::nanoTime);
      boolean first = output.equals(config.outputs().values().iterator().next());
      Pipeline pipeline =
          new Pipeline(
              List.of(new Pipeline.Target(output, buffer)),
              () -> hostname,
              Clock.systemUTC(),
              new Counters(),
              // refused by one output's pipeline is refused by all
              first ? discards : new Discards(new Counters(), (reason, detail) -> {}));
      say("output", output.name() + " (" + output.type() + ", " + output.format() + ")");
      for (Batch batch : batches) {
        String namespace = batch.namespace() == null ? script.namespace() : batch.namespace();
        pipeline.accept(namespace, script.name(), batch.prefix(), batch.metrics());
      }
      buffer.sealDue(true);
      for (Message message = buffer.take(); message != null; message = buffer.take()) {
        say("point", message.topic() + " " + new String(message.body(), UTF_8).stripTrailing());
        buffer.done();
      }
    }
  }

  private void stderr(String text) {
    List<String> lines = text.lines().toList();
    if (lines.size() > STDERR_LINES) {
      say("stderr", "… " + (lines.size() - STDERR_LINES) + " lines before");
    }
    lines.stream()
        .skip(Math.max(0, lines.size() - STDERR_LINES))
        .forEach(line -> say("stderr", line));
  }

  private String summary(RunResult result) {
    return result.outcome().tag()
        + (result.detail().isEmpty() ? "" : ": " + result.detail())
        + "; exit code "
        + (result.exitCode() < 0 ? "none" : result.exitCode())
        + ", "
        + result.duration().toMillis()
        + " ms, CPU "
        + result.usage().cpuMillis()
        + " ms, memory "
        + result.usage().maxRssKilobytes()
        + " kB, "
        + result.outputBytes()
        + " bytes printed, "
        + result.metrics().size()
        + " metrics, "
        + refused.size()
        + " refused, "
        + result.usage().leftovers()
        + " processes left over";
  }
}
