package io.loda.agent.source.script.run;

import io.loda.agent.assignment.Assignment;
import io.loda.agent.assignment.OutputFormat;
import io.loda.agent.config.AgentConfig;
import io.loda.agent.point.MetricTaker;
import io.loda.agent.source.script.cage.RunCommand;
import io.loda.agent.source.script.kept.Keeper;
import io.loda.agent.source.script.output.PluginOutputParser;
import io.loda.agent.source.script.output.RunWatcher;
import io.loda.agent.source.script.output.StreamOutput;
import io.loda.agent.source.script.process.GroupLimits;
import io.loda.agent.source.script.process.RunGroups;
import io.loda.agent.source.script.process.RunOutput;
import io.loda.agent.source.script.process.Survivors;
import io.loda.agent.source.script.process.WholeOutput;
import io.loda.agent.source.script.result.RunResult;
import io.loda.agent.source.script.user.PluginUsers;
import io.loda.common.files.FileReason;
import io.loda.common.telemetry.Counters;
import io.loda.common.telemetry.MemoryBudget;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs script plugins, at most {@code plugins.max-runs} at once, each as its user in a clean
 * environment. A run has a thread from its start to its end, and none while it is queued. Any
 * thread.
 */
public final class ScriptRunner {

  private static final Logger LOG = LoggerFactory.getLogger(ScriptRunner.class);

  /** Bounds the streams: each takes a thread and at least one process. */
  private static final int MOST_STREAMS = 64;

  private static final long SOONEST_LOOK_MILLIS = TimeUnit.SECONDS.toMillis(1);
  private static final long LATEST_LOOK_MILLIS = TimeUnit.SECONDS.toMillis(10);

  /** Checking kept processes takes at most a twentieth of the time. */
  private static final long SHARE = 20;

  /** The time-out of a stream: none. */
  public static final Duration FOR_EVER = Duration.ofDays(3650);

  private final Vertx vertx;
  private final AgentConfig.Plugins config;
  private final PluginUsers users;
  private final RunCommand command;
  private final RunCommand streamCommand;
  private final RunThreads threads;
  private final RunQueue queue;
  private final RunCage cage;
  private final AtomicInteger streams = new AtomicInteger();

  /** One permit: parsing takes a processor, and a multiple of the output's memory. */
  private final Semaphore reading = new Semaphore(1);

  private volatile long looks = -1;
  private volatile MetricTaker.@Nullable Factory takers;
  private volatile MemoryBudget.@Nullable Share memory;
  private volatile RunWatcher watcher = RunWatcher.NOBODY;

  /**
   * Creates a runner; searches for the programs that it needs, so it blocks shortly.
   *
   * @param maxTimeout bounds the time-out of every run
   * @param counters counts processes that can't be ended
   * @throws IllegalStateException when a program is missing
   */
  public ScriptRunner(
      Vertx vertx,
      AgentConfig.Plugins config,
      PluginUsers users,
      Supplier<Duration> maxTimeout,
      Counters counters) {
    this(
        vertx,
        config,
        users,
        maxTimeout,
        RunGroups.limited(GroupLimits.of(config.limits())),
        counters);
  }

  /** Creates a runner with these control groups. */
  public ScriptRunner(
      Vertx vertx,
      AgentConfig.Plugins config,
      PluginUsers users,
      Supplier<Duration> maxTimeout,
      RunGroups groups,
      Counters counters) {
    this.vertx = vertx;
    this.threads = new RunThreads(vertx);
    this.config = config;
    this.queue =
        new RunQueue(
            config.maxRuns(),
            config.maxConcurrent(),
            look -> vertx.setTimer(RunQueue.LOOK.toMillis(), unused -> look.run()));
    this.users = users;
    List<String> fence = RunCommand.fence(users.any(), config.dir());
    this.command = new RunCommand(users.any(), config.limits(), fence);
    this.cage =
        new RunCage(config, users, maxTimeout, groups, new Survivors(counters), queue, command);
    this.streamCommand = new RunCommand(users.any(), withoutCpu(config.limits()), fence);
  }

  /**
   * Passes metrics on while they are read, instead of keeping them for the result.
   *
   * @param share the memory of runs' output
   */
  public ScriptRunner handingOnTo(MetricTaker.Factory to, MemoryBudget.Share share) {
    takers = to;
    memory = share;
    return this;
  }

  /** Passes the output of runs to a watcher. */
  public ScriptRunner watchedBy(RunWatcher looks) {
    watcher = looks;
    return this;
  }

  /** Returns what takes a plugin's metrics; null: they are kept for the result. */
  public @Nullable MetricTaker taker(String namespace, String project, String name) {
    MetricTaker.Factory to = takers;
    if (to == null) {
      return null;
    }
    Destination destination = Destination.of(namespace, project, name);
    return to.of(
        destination.namespace(), Assignment.Script.key(namespace, project), destination.prefix());
  }

  /** Returns a parser for a stream's output, with the same memory share as other runs. */
  public StreamOutput streamOutput(Assignment.Script stream, StreamOutput.Sink sink) {
    return new StreamOutput(
        stream.format(),
        config.maxOutputBytes(),
        config.maxSeries(),
        stream.interval(),
        System::nanoTime,
        sink,
        memory,
        reading,
        watcher);
  }

  /**
   * Returns limits for what runs continuously: without CPU seconds, which would add up and end it.
   */
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
   * Counts another stream.
   *
   * @throws IllegalStateException when the limit of streams is reached
   */
  public void addStream() {
    if (streams.incrementAndGet() > MOST_STREAMS) {
      streams.decrementAndGet();
      throw new IllegalStateException(
          "expected at most " + MOST_STREAMS + " streams on a host, found more");
    }
  }

  public void removeStream() {
    streams.decrementAndGet();
  }

  public boolean isClosing() {
    return cage.isClosing();
  }

  public AgentConfig.Plugins config() {
    return config;
  }

  public PluginUsers users() {
    return users;
  }

  /**
   * Returns a user that no plugin has, always the same for a purpose; nothing if this agent runs
   * plugins as itself. Blocks shortly.
   *
   * @param purpose what runs as that user, for the log and the file of ids
   * @throws IOException when there is none; the message says what to do
   */
  public Optional<ReservedUser> reservedUser(String purpose) throws IOException {
    return users.reserved(purpose).map(user -> new ReservedUser(user, command));
  }

  /**
   * Sets which plugins may keep processes after a run, and ends those of all others. Does nothing
   * once the agent stops.
   */
  public Future<Void> keepOnly(Set<Keeper> keepers) {
    return threads.call(
        () -> {
          cage.kept().keepOnly(keepers);
          return null;
        });
  }

  private void lookAtKeptIn(long millis) {
    if (!cage.isClosing()) {
      looks = vertx.setTimer(millis, unused -> lookAtKept());
    }
  }

  private void lookAtKept() {
    if (cage.isClosing()) {
      return;
    }
    if (cage.kept().isEmpty()) {
      lookAtKeptIn(SOONEST_LOOK_MILLIS);
      return;
    }
    long start = System.nanoTime();
    threads
        .call(
            () -> {
              cage.kept().look();
              return null;
            })
        .onFailure(e -> LOG.warn("kept processes: check failed, retrying: {}", FileReason.of(e)))
        .onComplete(
            unused -> {
              long took = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start);
              lookAtKeptIn(
                  Math.min(LATEST_LOOK_MILLIS, Math.max(SOONEST_LOOK_MILLIS, took * SHARE)));
            });
  }

  /** Frees the users of removed plugins, by key, for others; not once the agent stops. */
  public Future<Void> forget(Set<String> keys) {
    return threads.call(
        () -> {
          cage.forget(keys);
          return null;
        });
  }

  /** Runs the plugin of a folder; never fails, as every failure is in the result. */
  public Future<RunResult> run(Callable<Path> folder, RunRequest run, OutputFormat format) {
    Promise<RunResult> promise = threads.begin();
    if (promise == null) {
      return Future.succeededFuture(RunCage.stopping());
    }
    Context caller = threads.caller();
    Runnable begin =
        () ->
            threads
                .run(() -> runHere(folder, run, format), caller)
                .otherwise(e -> notRun(run, e))
                .onSuccess(promise::complete);
    if (run.turn().isQueued()) {
      queue.add(
          run.turn(),
          begin,
          () -> caller.runOnContext(unused -> promise.complete(RunCage.stopping())));
    } else {
      begin.run();
    }
    return promise.future();
  }

  /** Drops a queued run; one that has begun goes on. */
  public void drop(RunTurn turn) {
    queue.drop(turn);
  }

  private RunResult notRun(RunRequest run, Throwable cause) {
    // the system may have no thread for it
    queue.end(run.turn());
    return RunResult.startFailed(FileReason.of(cause));
  }

  private RunResult runHere(Callable<Path> folder, RunRequest run, OutputFormat format)
      throws InterruptedException {
    try (WholeOutput output = new WholeOutput(config.maxOutputBytes(), memory)) {
      // kept processes run on, so they have no limit of CPU seconds
      RunResult result = cage.run(folder, run, run.keeps() ? streamCommand : command, output);
      if (watcher != RunWatcher.NOBODY) {
        watcher.printed(output.array(), output.kept());
      }
      return result.ok() ? read(result, output, run, format) : result;
    } finally {
      queue.end(run.turn());
    }
  }

  private RunResult read(RunResult result, WholeOutput output, RunRequest run, OutputFormat format)
      throws InterruptedException {
    reading.acquire();
    try {
      MetricTaker taker = taker(run.namespace(), run.project(), run.name());
      return PluginOutputParser.parse(
          result, output.array(), output.kept(), format, config.maxSeries(), taker);
    } finally {
      reading.release();
    }
  }

  /** Runs a stream in the caller's thread until it ends; every failure is in the result. */
  public RunResult stream(Callable<Path> folder, RunRequest run, RunOutput output)
      throws InterruptedException {
    Promise<Void> ended = threads.begin();
    if (ended == null) {
      return RunCage.stopping();
    }
    try {
      return cage.run(folder, run, streamCommand, output);
    } finally {
      ended.complete();
    }
  }

  /**
   * Ends what a killed agent left, and logs what contains a run's processes: at the start, not at
   * the first run.
   */
  public Future<Void> start() {
    return threads.call(cage::prepare).onSuccess(unused -> lookAtKeptIn(SOONEST_LOOK_MILLIS));
  }

  /** Returns what contains the processes of a run, in words; any thread. */
  public String cage() {
    return cage.description();
  }

  /** Ends all runs, and waits for their end; idempotent. */
  public Future<Void> close() {
    vertx.cancelTimer(looks);
    cage.cancel();
    queue.close();
    return threads.close(cage::close);
  }
}
