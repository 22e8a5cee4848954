package io.loda.agent.schedule;

import io.loda.agent.assignment.Assignment;
import io.loda.agent.assignment.AssignmentSet;
import io.loda.agent.assignment.policy.HostPolicy;
import io.loda.agent.config.AgentConfig;
import io.loda.agent.git.PluginUpdate;
import io.loda.agent.pipeline.Pipeline;
import io.loda.agent.plugin.Metric;
import io.loda.agent.plugins.AssignedPlugins;
import io.loda.agent.plugins.DisabledPlugins;
import io.loda.agent.plugins.PluginCallException;
import io.loda.agent.plugins.PluginSwitches;
import io.loda.agent.plugins.PluginVersions;
import io.loda.agent.plugins.RunHistory;
import io.loda.agent.plugins.RunsByHand;
import io.loda.agent.plugins.RuntimeStatus;
import io.loda.agent.plugins.SourceOpener;
import io.loda.agent.source.Batch;
import io.loda.agent.source.MetricSource;
import io.loda.agent.source.script.kept.Keeper;
import io.loda.agent.source.script.result.RunResult;
import io.loda.agent.timers.EventLoop;
import io.loda.agent.timers.Splay;
import io.loda.agent.timers.Timers;
import io.loda.common.telemetry.MemoryBudget;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Runs what is assigned. Its state is on one event loop; public methods are for any thread. */
public final class Scheduler extends VerticleBase {

  private static final Duration LOOK_FOR_REMOVED = Duration.ofHours(1);
  private static final Duration OPEN_RETRY = Duration.ofSeconds(10);
  private static final long HISTORY_BYTES = 3L << 20;

  private final AgentConfig.Plugins config;
  private final HostPolicy policy;
  private final SourceOpener opener;
  private final Pipeline pipeline;
  private final Supplier<String> hostname;
  private final InstantSource clock;
  private final Function<Vertx, Timers> timersOf;
  private final Jobs jobs = new Jobs();
  private final RunsByHand byHand;
  private RunHistory history = RunHistory.within(HISTORY_BYTES);
  private final Job.Services services = new ServicesOfJobs();
  private AssignmentSet assigned = AssignmentSet.EMPTY;
  private boolean applied;

  @SuppressWarnings("NullAway.Init")
  private EventLoop loop;

  @SuppressWarnings("NullAway.Init")
  private Timers timers;

  @SuppressWarnings("NullAway.Init")
  private Deliveries deliveries;

  @SuppressWarnings("NullAway.Init")
  private PluginSwitches switches;

  @SuppressWarnings("NullAway.Init")
  private PluginVersions versions;

  public Scheduler(
      AgentConfig.Plugins config,
      HostPolicy policy,
      SourceOpener opener,
      Pipeline pipeline,
      Supplier<String> hostname,
      InstantSource clock) {
    this(config, policy, opener, pipeline, hostname, clock, Timers::of);
  }

  /** A scheduler with other timers, for tests. */
  Scheduler(
      AgentConfig.Plugins config,
      HostPolicy policy,
      SourceOpener opener,
      Pipeline pipeline,
      Supplier<String> hostname,
      InstantSource clock,
      Function<Vertx, Timers> timersOf) {
    this.config = config;
    this.policy = policy;
    this.opener = opener;
    this.pipeline = pipeline;
    this.hostname = hostname;
    this.clock = clock;
    this.timersOf = timersOf;
    this.byHand = new RunsByHand(config.maxByHand(), System::nanoTime);
  }

  /** Bounds the history of runs by a share of memory; call before the start. */
  public Scheduler remembering(MemoryBudget.Share share) {
    RunHistory bounded = RunHistory.within(share.capBytes());
    share.isToldBy(bounded::heldBytes);
    history = bounded;
    return this;
  }

  @Override
  public Future<?> start() {
    loop = new EventLoop(context);
    timers = timersOf.apply(vertx);
    deliveries = new Deliveries(pipeline, () -> assigned.namespaces().keySet(), loop);
    switches =
        new PluginSwitches(
            vertx,
            new DisabledPlugins(config.dir()),
            config.enableAfter(),
            clock,
            (key, on) -> {
              withJob(key, job -> job.enable(on));
              endWhatMayNotBeKept();
            });
    versions =
        new PluginVersions(
            opener,
            loop,
            timers,
            OPEN_RETRY,
            config.git().autoUpdate(),
            hostname,
            clock,
            this::tryAgain);
    timers.every(LOOK_FOR_REMOVED, LOOK_FOR_REMOVED, this::removeUnassigned);
    return switches.start(timers);
  }

  @Override
  public Future<?> stop() {
    versions.close();
    // no time-out: a run that goes on is ended by what closes after this, such as JavaThreads
    return jobs.stop().transform(unused -> switches.close());
  }

  /**
   * Puts a new set in force; unchanged jobs go on. A changed item takes effect after the current
   * run, but a run is cancelled if its item is gone or has another repository.
   */
  public Future<Void> apply(AssignmentSet next) {
    return here(
        () -> {
          AssignmentSet.Diff diff = assigned.diff(next);
          AssignmentNews.leftOut(assigned, next);
          AssignmentNews.kept(assigned, next);
          assigned = next;
          applied = true;
          diff.removed().stream()
              .filter(key -> !next.assignments().containsKey(key))
              .forEach(this::remove);
          diff.added().forEach(this::change);
          history.keepOnly(jobs.keys());
          endWhatMayNotBeKept();
          if (!diff.added().isEmpty() || !diff.removed().isEmpty()) {
            AssignmentNews.collects(assigned);
          }
          return Future.succeededFuture();
        });
  }

  /** Ends kept processes that may not stay; not before the registry answered once. */
  private void endWhatMayNotBeKept() {
    if (applied) {
      opener.keepOnly(
          assigned.assignments().values().stream()
              .filter(one -> one instanceof Assignment.Script script && script.keep())
              .map(one -> Keeper.of((Assignment.Script) one, switches.isOn(one.key())))
              .collect(Collectors.toSet()));
    }
  }

  private void change(Assignment next) {
    Job job = jobs.of(next.key());
    if (job == null || !job.finishesBefore(next)) {
      add(next, remove(next.key()));
    } else if (!job.assignment().equals(next)) {
      job.free().onComplete(unused -> loop.run(() -> changeAfter(job, next)));
    }
  }

  /** Changes the job, unless it is gone meanwhile or was changed again. */
  private void changeAfter(Job job, Assignment next) {
    if (jobs.of(next.key()) == job && next.equals(assigned.assignments().get(next.key()))) {
      change(next);
    }
  }

  private @Nullable Job remove(String key) {
    versions.remove(key);
    return jobs.stop(key);
  }

  private void add(Assignment assignment, @Nullable Job before) {
    versions.add(assignment);
    jobs.start(
        new Job(
            loop,
            timers,
            assignment,
            () ->
                Splay.of(hostname.get(), assignment.key(), assignment.interval(), clock.instant()),
            OPEN_RETRY,
            switches.isOn(assignment.key()),
            breaker(assignment),
            services),
        before);
  }

  /** Probes need no breaker as a failure costs nothing; streams have a back-off of their own. */
  private Breaker breaker(Assignment assignment) {
    boolean costs =
        assignment instanceof Assignment.JavaPlugin
            || (assignment instanceof Assignment.Script script && !script.stream());
    return costs ? new Breaker(config.breaker(), assignment.interval()) : Breaker.never();
  }

  private final class ServicesOfJobs implements Job.Services {

    @Override
    public Future<MetricSource> open(Assignment assignment) {
      // of a changed assignment the old source has to close first, as it may save state
      return jobs.left(assignment.key())
          .transform(unused -> opener.open(assignment, versions::notAsAsked));
    }

    @Override
    public List<Batch> notOpened(Assignment assignment, String why) {
      return opener.notOpened(assignment, why);
    }

    @Override
    public Future<Void> deliver(Assignment assignment, List<Batch> batches) {
      return deliveries.deliver(assignment, batches);
    }

    @Override
    public void ran(Assignment assignment, RunResult run) {
      // it isn't assigned any more
      if (jobs.of(assignment.key()) == null) {
        return;
      }
      history.add(assignment.key(), run);
      if (assignment instanceof Assignment.Script script) {
        versions.ran(script, run);
      }
    }

    @Override
    public void ranWell(Assignment assignment, String commit) {
      if (assignment instanceof Assignment.Script script) {
        versions.ranWell(script, commit);
      }
    }
  }

  /** Fetches a script plugin's newest commit and switches to it; event loop only. */
  Future<PluginUpdate> update(Assignment.Script script) {
    return versions.update(script);
  }

  /**
   * Checks the signatures of all plugins again, as the keyring may have changed. Those that may not
   * run any more are stopped and opened again. Any thread; doesn't block.
   */
  public void lookAtSignatures() {
    loop.run(
        () ->
            jobs.openScripts()
                .forEach(
                    script ->
                        versions.lookAtSignature(script, () -> loop.run(() -> anew(script)))));
  }

  private void anew(Assignment.Script script) {
    Job job = jobs.of(script.key());
    // it may be gone or changed meanwhile
    if (job != null && job.assignment().equals(script)) {
      Job before = remove(script.key());
      // a changed item may be waiting for a run's end
      add(assigned.assignments().getOrDefault(script.key(), script), before);
    }
  }

  /** Gives a failing plugin a run at its next tick: something has changed. */
  void tryAgain(Assignment.Script script) {
    loop.run(() -> withJob(script.key(), Job::tryAgain));
  }

  private void withJob(String key, Consumer<Job> action) {
    Job job = jobs.of(key);
    if (job != null) {
      action.accept(job);
    }
  }

  /** The last runs of a plugin, newest first; event loop only. */
  List<RunResult> runsOf(Assignment plugin) {
    return history.of(plugin.key());
  }

  /** Deletes what unassigned plugins left; not before the registry answered once. */
  private void removeUnassigned() {
    if (applied) {
      versions.removeUnassigned(Set.copyOf(assigned.assignments().keySet()));
    }
  }

  /** What is assigned, and what was refused. */
  public Future<AssignmentSet> assigned() {
    return here(() -> Future.succeededFuture(assigned));
  }

  /** The status of each job. */
  public Future<List<JobStatus>> jobs() {
    return here(() -> Future.succeededFuture(jobs.all().stream().map(this::status).toList()));
  }

  /**
   * The status of some jobs, in the order of assignment.
   *
   * @param from how many to skip
   */
  public Future<List<JobStatus>> jobs(int from, int most) {
    return here(
        () ->
            Future.succeededFuture(
                jobs.all().stream().skip(from).limit(most).map(this::status).toList()));
  }

  private JobStatus status(Job job) {
    JobStatus status =
        job.status().besides(assigned.problems().getOrDefault(job.assignment().key(), ""));
    return job.assignment() instanceof Assignment.Script script
        ? status.besides(versions.problem(script))
        : status;
  }

  /** The state of what runs plugins and probes. */
  public RuntimeStatus runtime() {
    return opener.runtime();
  }

  /** The latest NET metrics. */
  public Future<List<Metric>> traffic() {
    return here(() -> Future.succeededFuture(deliveries.traffic()));
  }

  /** Enables or disables a plugin, also across restarts. */
  public Future<Void> enable(Assignment plugin, boolean on) {
    return here(() -> switches.set(plugin.key(), on));
  }

  /** The calls on plugins by hand. */
  public PluginCalls pluginCalls() {
    return new PluginCalls(this, opener, policy);
  }

  /** The runs by hand; event loop only. */
  RunsByHand runsByHand() {
    return byHand;
  }

  /** The job of a plugin; event loop only. */
  Job jobOf(Assignment plugin) {
    Job job = jobs.of(plugin.key());
    if (job == null) {
      throw new PluginCallException(
          PluginCallException.Reason.NOT_ASSIGNED, AssignedPlugins.NOT_ASSIGNED);
    }
    return job;
  }

  /** Runs an action on the verticle's event loop; the result completes on the caller's context. */
  <T> Future<T> here(Supplier<Future<T>> action) {
    return loop.call(action);
  }
}
