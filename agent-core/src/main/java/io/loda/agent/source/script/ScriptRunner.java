package io.loda.agent.source.script;

import io.loda.agent.assignment.OutputFormat;
import io.loda.agent.config.AgentConfig;
import io.loda.agent.telemetry.Counters;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.WorkerExecutor;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;

/**
 * Runs script plugins, {@code plugins.max-concurrent} at once, each as the plugins' user in a clean
 * environment. Any thread may call.
 */
public final class ScriptRunner {

  /** Each takes a thread and at least a process. */
  private static final int MOST_STREAMS = 64;

  /** Until a stream is ended by something else. */
  static final Duration FOR_EVER = Duration.ofDays(3650);

  private final AgentConfig.Plugins config;
  private final PluginUser user;
  private final PluginCommand command;
  private final PluginCommand streamCommand;
  private final WorkerExecutor worker;
  private final RunCage cage;
  private final Set<Future<RunResult>> pending = ConcurrentHashMap.newKeySet();
  private final AtomicInteger streams = new AtomicInteger();

  /**
   * A runner whose runs take as long as they ask for; blocks shortly.
   *
   * @throws IllegalStateException when a program that it needs is missing
   */
  public ScriptRunner(Vertx vertx, AgentConfig.Plugins config, PluginUser user) {
    this(vertx, config, user, () -> FOR_EVER);
  }

  /**
   * A runner; looks for the programs that it needs, so it blocks shortly.
   *
   * @param maxTimeout no run may take longer, whatever it asks for
   * @throws IllegalStateException when one is missing
   */
  public ScriptRunner(
      Vertx vertx, AgentConfig.Plugins config, PluginUser user, Supplier<Duration> maxTimeout) {
    this(vertx, config, user, maxTimeout, new Counters());
  }

  /** The same, which counts what it can't end. */
  public ScriptRunner(
      Vertx vertx,
      AgentConfig.Plugins config,
      PluginUser user,
      Supplier<Duration> maxTimeout,
      Counters counters) {
    this(
        vertx,
        config,
        user,
        maxTimeout,
        RunGroups.limited(GroupLimits.of(config.limits())),
        counters);
  }

  /** A runner whose runs get these groups. */
  ScriptRunner(
      Vertx vertx,
      AgentConfig.Plugins config,
      PluginUser user,
      Supplier<Duration> maxTimeout,
      RunGroups groups,
      Counters counters) {
    this.config = config;
    this.user = user;
    this.cage = new RunCage(config, user, maxTimeout, groups, new Survivors(counters));
    List<String> fence = PluginCommand.fence(user, config.dir());
    this.command = new PluginCommand(user, config.limits(), fence);
    this.streamCommand = new PluginCommand(user, withoutCpu(config.limits()), fence);
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

  /** What runs for ever has no end that CPU seconds could bring nearer. */
  private static AgentConfig.Limits withoutCpu(AgentConfig.Limits limits) {
    return new AgentConfig.Limits(
        FOR_EVER,
        limits.memoryBytes(),
        limits.addressSpaceBytes(),
        limits.files(),
        limits.processes(),
        limits.fileSizeBytes());
  }

  /**
   * Makes room for one more stream.
   *
   * @throws IllegalStateException when there are as many as there may be
   */
  void addStream() {
    if (streams.incrementAndGet() > MOST_STREAMS) {
      streams.decrementAndGet();
      throw new IllegalStateException(
          "expected at most " + MOST_STREAMS + " streams on a host, found more");
    }
  }

  /** One stream less. */
  void removeStream() {
    streams.decrementAndGet();
  }

  boolean isClosing() {
    return cage.isClosing();
  }

  AgentConfig.Plugins config() {
    return config;
  }

  PluginUser user() {
    return user;
  }

  long maxRepositoryBytes() {
    return config.maxRepositoryBytes();
  }

  /** Runs what prints what it likes; never fails, whatever happens is in the result. */
  Future<RunResult> run(Callable<Path> folder, Run run) {
    return run(folder, run, OutputFormat.AUTO);
  }

  /** Runs what is in the folder; never fails, whatever happens is in the result. */
  Future<RunResult> run(Callable<Path> folder, Run run, OutputFormat format) {
    if (cage.isClosing()) {
      return Future.succeededFuture(RunCage.stopping());
    }
    Future<RunResult> result =
        worker
            .executeBlocking(() -> runHere(folder, run, format), false)
            .otherwise(e -> RunResult.startFailed(StartFailure.text(e)));
    pending.add(result);
    return result.onComplete(unused -> pending.remove(result));
  }

  private RunResult runHere(Callable<Path> folder, Run run, OutputFormat format)
      throws InterruptedException {
    WholeOutput output = new WholeOutput(config.maxOutputBytes());
    RunResult result = cage.run(folder, run, command, output);
    return result.ok()
        ? PluginOutputParser.parse(result, output.bytes(), format, config.maxSeries())
        : result;
  }

  /**
   * Runs what is in the folder for ever, in the caller's thread; whatever happens is in the result.
   */
  RunResult stream(Callable<Path> folder, Run run, RunOutput output) throws InterruptedException {
    Promise<RunResult> ended = Promise.promise();
    pending.add(ended.future());
    try {
      return cage.run(folder, run, streamCommand, output);
    } finally {
      pending.remove(ended.future());
      ended.complete(RunCage.stopping());
    }
  }

  /** Finds out, and says in the log, what holds runs together: at the start, not at a first run. */
  public Future<Void> start() {
    return worker.executeBlocking(cage::prepare, false);
  }

  /** What holds the processes of runs together, in words. From any thread. */
  public String cage() {
    return cage.description();
  }

  /** Ends what runs, and waits for it; idempotent. */
  public Future<Void> close() {
    cage.cancel();
    // closing the worker would interrupt them before they have cleaned up
    return Future.join(List.copyOf(pending))
        .transform(unused -> worker.executeBlocking(cage::close, false))
        .transform(unused -> worker.close());
  }
}
