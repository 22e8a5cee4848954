package io.loda.agent.source.script;

import io.loda.agent.config.AgentConfig;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.WorkerExecutor;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

/**
 * Runs script plugins, {@code plugins.max-concurrent} at once, each as the plugins' user in a clean
 * environment. Any thread may call.
 */
public final class ScriptRunner {

  private static final String PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

  private final AgentConfig.Plugins config;
  private final PluginUser user;
  private final PluginCommand command;
  private final WorkerExecutor worker;
  private final OutputPipes pipes;
  private final Set<PluginProcess> running = ConcurrentHashMap.newKeySet();
  private final Set<Future<RunResult>> pending = ConcurrentHashMap.newKeySet();
  private volatile boolean closing;

  /**
   * A runner; looks for the programs that it needs, so it blocks shortly.
   *
   * @throws IllegalStateException when one is missing
   */
  public ScriptRunner(Vertx vertx, AgentConfig.Plugins config, PluginUser user) {
    this.config = config;
    this.user = user;
    this.command = new PluginCommand(user, config.limits());
    this.pipes = new OutputPipes(config.dir().resolve(".pipes"));
    // a run may last as long as its interval; the process has a deadline of its own
    this.worker =
        vertx.createSharedWorkerExecutor("script", config.maxConcurrent(), 8, TimeUnit.DAYS);
  }

  /**
   * One run to be made.
   *
   * @param interval zero for a plugin that runs on demand only
   */
  record Run(
      String namespace, String name, List<String> arguments, Duration interval, Duration timeout) {}

  PluginUser user() {
    return user;
  }

  long maxRepositoryBytes() {
    return config.maxRepositoryBytes();
  }

  /** Whether runs fail because the agent stops. */
  boolean isClosing() {
    return closing;
  }

  /** Runs what is in the folder; never fails, whatever happens is in the result. */
  Future<RunResult> run(Callable<Path> folder, Run run) {
    if (closing) {
      return Future.succeededFuture(stopping());
    }
    Future<RunResult> result =
        worker
            .executeBlocking(() -> runHere(folder, run), false)
            .otherwise(e -> RunResult.startFailed(StartFailure.text(e)));
    pending.add(result);
    return result.onComplete(unused -> pending.remove(result));
  }

  private RunResult runHere(Callable<Path> folder, Run run) throws InterruptedException {
    if (closing) {
      return stopping();
    }
    PluginProcess process;
    Path ready;
    Path program;
    try {
      ready = folder.call();
      program = PluginEntry.find(ready);
      process =
          new PluginProcess(
              pipes,
              command.of(program, run.arguments()),
              ready,
              environment(run),
              run.timeout(),
              config.maxOutputBytes());
    } catch (InterruptedException e) {
      throw e;
    } catch (Exception e) {
      return RunResult.startFailed(StartFailure.text(e));
    }
    running.add(process);
    try {
      if (closing) {
        process.cancel();
      }
      RunResult result = process.run();
      if (result.outcome() == RunResult.Outcome.EXIT) {
        return unreachable(result, ready, program);
      }
      return result.ok() ? PluginOutputParser.parse(result, process.output()) : result;
    } finally {
      running.remove(process);
    }
  }

  /** The interpreter's complaint that it can't read the program is no exit of the plugin's. */
  private RunResult unreachable(RunResult result, Path folder, Path program) {
    try {
      if (!result.stderr().contains(program.toString())
          || new Access(user).canRun(folder, program)) {
        return result;
      }
    } catch (IOException e) {
      return result;
    }
    return result.failed(
        RunResult.Outcome.START_FAILED, StartFailure.unreachable(program, "Permission denied"));
  }

  private Map<String, String> environment(Run run) {
    Map<String, String> environment = new HashMap<>();
    environment.put("PATH", PATH);
    environment.put("HOME", user.home());
    environment.put("LANG", "C.UTF-8");
    environment.putAll(config.env());
    environment.put("PLUGIN_NAME", run.name());
    environment.put("PLUGIN_NAMESPACE", run.namespace());
    environment.put("PLUGIN_INTERVAL", Long.toString(run.interval().toSeconds()));
    return environment;
  }

  private static RunResult stopping() {
    return RunResult.startFailed("the agent stops");
  }

  /** Ends what runs, and waits for it; idempotent. */
  public Future<Void> close() {
    closing = true;
    running.forEach(PluginProcess::cancel);
    // closing the worker would interrupt them before they have cleaned up
    return Future.join(List.copyOf(pending))
        .transform(unused -> closePipes())
        .transform(unused -> worker.close());
  }

  private Future<Void> closePipes() {
    return worker.executeBlocking(
        () -> {
          pipes.close();
          return null;
        },
        false);
  }
}
