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
  private final RunGroups groups;
  private final ScratchFolders scratch;
  private final Spawner spawner = new Spawner();
  private final Set<PluginProcess> running = ConcurrentHashMap.newKeySet();
  private final Set<Future<RunResult>> pending = ConcurrentHashMap.newKeySet();
  private volatile boolean closing;

  /**
   * A runner; looks for the programs that it needs, so it blocks shortly.
   *
   * @throws IllegalStateException when one is missing
   */
  public ScriptRunner(Vertx vertx, AgentConfig.Plugins config, PluginUser user) {
    this(vertx, config, user, new RunGroups());
  }

  /** A runner whose runs get these groups. */
  ScriptRunner(Vertx vertx, AgentConfig.Plugins config, PluginUser user, RunGroups groups) {
    this.groups = groups;
    this.scratch = new ScratchFolders(config.dir().resolve(".scratch"), user);
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
   * @param project what its scratch folder is called
   * @param interval zero for a plugin that runs on demand only
   * @param cancellation ends it
   */
  record Run(
      String namespace,
      String name,
      String project,
      List<String> arguments,
      Duration interval,
      Duration timeout,
      Cancellation cancellation) {

    /** A run that nobody cancels. */
    Run(
        String namespace,
        String name,
        List<String> arguments,
        Duration interval,
        Duration timeout) {
      this(namespace, name, name, arguments, interval, timeout, new Cancellation());
    }
  }

  PluginUser user() {
    return user;
  }

  long maxRepositoryBytes() {
    return config.maxRepositoryBytes();
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
    if (closing || run.cancellation().isCancelled()) {
      return stopping();
    }
    try (RunGroup group = groups.open()) {
      return runIn(group, folder, run);
    }
  }

  private RunResult runIn(RunGroup group, Callable<Path> folder, Run run)
      throws InterruptedException {
    PluginProcess process;
    Path ready;
    Path program;
    try {
      ready = folder.call();
      program = PluginEntry.find(ready);
      process =
          new PluginProcess(
              pipes,
              spawner::start,
              group,
              command.of(group, program, run.arguments()),
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
    run.cancellation().begin(process);
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
      run.cancellation().end(process);
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

  private Map<String, String> environment(Run run) throws IOException {
    Map<String, String> environment = new HashMap<>();
    environment.put("PATH", PATH);
    environment.put("HOME", user.home());
    environment.put("LANG", "C.UTF-8");
    environment.putAll(config.env());
    environment.put("PLUGIN_NAME", run.name());
    environment.put("PLUGIN_NAMESPACE", run.namespace());
    environment.put("PLUGIN_INTERVAL", Long.toString(run.interval().toSeconds()));
    environment.put("PLUGIN_SCRATCH", scratch.of(run.namespace(), run.project()).toString());
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
          groups.close();
          spawner.close();
          return null;
        },
        false);
  }
}
