package io.loda.agent.schedule;

import io.loda.agent.assignment.Assignment;
import io.loda.agent.assignment.AssignmentSet;
import io.loda.agent.assignment.HostPolicy;
import io.loda.agent.config.AgentConfig;
import io.loda.agent.pipeline.Pipeline;
import io.loda.agent.plugin.Metric;
import io.loda.agent.source.Batch;
import io.loda.agent.source.PluginRun;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.VerticleBase;
import io.vertx.core.Vertx;
import io.vertx.core.WorkerExecutor;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs what is assigned. Its state is on one event loop; the public methods may be called from any
 * thread.
 */
public final class Scheduler extends VerticleBase {

  private static final Logger LOG = LoggerFactory.getLogger(Scheduler.class);
  private static final Duration LOOK_FOR_DISABLED = Duration.ofHours(1);
  private static final Duration LOOK_FOR_REMOVED = Duration.ofHours(1);
  private static final Duration OPEN_RETRY = Duration.ofSeconds(10);
  private static final long STDERR_BYTES = 16L << 20;

  private final AgentConfig.Plugins config;
  private final HostPolicy policy;
  private final SourceOpener opener;
  private final Pipeline pipeline;
  private final Supplier<String> hostname;
  private final InstantSource clock;
  private final DisabledPlugins disabledPlugins;
  private final Map<String, Job> jobs = new LinkedHashMap<>();
  private final Set<String> disabled = new TreeSet<>();
  private final Map<String, Future<Void>> leaving = new HashMap<>();
  private final RunHistory history = new RunHistory(STDERR_BYTES);
  private AssignmentSet assigned = AssignmentSet.EMPTY;
  private boolean applied;
  private List<Metric> traffic = List.of();

  @SuppressWarnings("NullAway.Init")
  private WorkerExecutor worker;

  @SuppressWarnings("NullAway.Init")
  private AutoUpdates updates;

  public Scheduler(
      AgentConfig.Plugins config,
      HostPolicy policy,
      SourceOpener opener,
      Pipeline pipeline,
      Supplier<String> hostname,
      InstantSource clock) {
    this.config = config;
    this.policy = policy;
    this.opener = opener;
    this.pipeline = pipeline;
    this.hostname = hostname;
    this.clock = clock;
    this.disabledPlugins = new DisabledPlugins(config.dir());
  }

  @Override
  public Future<?> start() {
    worker = vertx.createSharedWorkerExecutor("disabled-plugins", 1);
    vertx.setPeriodic(0, LOOK_FOR_DISABLED.toMillis(), unused -> enableOld());
    vertx.setPeriodic(LOOK_FOR_REMOVED.toMillis(), unused -> removeUnassigned());
    updates = new AutoUpdates(vertx, config.git().autoUpdate(), hostname, this::update);
    return worker.executeBlocking(disabledPlugins::load).onSuccess(disabled::addAll);
  }

  @Override
  public Future<?> stop() {
    updates.close();
    List<Future<Void>> stops = new ArrayList<>(leaving.values());
    jobs.values().forEach(job -> stops.add(job.stop()));
    jobs.clear();
    return Future.join(stops)
        .timeout(3, TimeUnit.SECONDS)
        .onFailure(e -> LOG.warn("stopped without waiting for every job: {}", e.getMessage()))
        .transform(unused -> worker.close());
  }

  /** Makes the jobs those of a new set; what didn't change goes on. */
  public Future<Void> apply(AssignmentSet next) {
    return here(
        () -> {
          AssignmentSet.Diff diff = assigned.diff(next);
          next.rejected().stream()
              .filter(item -> !assigned.rejected().contains(item))
              .forEach(
                  item ->
                      LOG.warn(
                          "{}: {} is left out: {}", item.namespace(), item.name(), item.reason()));
          assigned = next;
          applied = true;
          diff.removed().forEach(this::remove);
          diff.added().forEach(this::add);
          history.keepOnly(jobs.keySet());
          if (!diff.added().isEmpty() || !diff.removed().isEmpty()) {
            LOG.info(
                "collects {} in {}",
                assigned.assignments().values().stream()
                    .map(Scheduler::described)
                    .collect(Collectors.joining(", ")),
                String.join(", ", assigned.namespaces().keySet()));
          }
          return Future.succeededFuture();
        });
  }

  private void remove(String key) {
    updates.remove(key);
    Job job = jobs.remove(key);
    if (job != null) {
      Future<Void> last = leaving.getOrDefault(key, Future.succeededFuture());
      Future<Void> end = Future.join(last, job.stop()).mapEmpty();
      leaving.put(key, end);
      end.onComplete(unused -> leaving.remove(key, end));
    }
  }

  private void add(Assignment assignment) {
    // where the assignment changed: its last run, and what it saves when it closes, come first
    Future<Void> before = leaving.getOrDefault(assignment.key(), Future.succeededFuture());
    Job job =
        new Job(
            vertx,
            assignment,
            assignment.interval().isZero()
                ? Duration.ZERO
                : Splay.of(hostname.get(), assignment.key(), assignment.interval()),
            OPEN_RETRY,
            !disabled.contains(assignment.key()),
            breaker(assignment),
            () -> before.transform(unused -> opener.open(assignment)),
            batches -> deliver(assignment, batches),
            run -> ran(assignment, run));
    jobs.put(assignment.key(), job);
    job.start();
    updates.add(assignment);
  }

  /** A probe that fails costs the host nothing, and is wanted back at once. */
  private Breaker breaker(Assignment assignment) {
    return assignment instanceof Assignment.Script || assignment instanceof Assignment.JavaPlugin
        ? new Breaker(config.breaker(), assignment.interval())
        : Breaker.never();
  }

  /** Each run of a script comes by here, regular or not, once it has ended. */
  private void ran(Assignment assignment, PluginRun run) {
    // the last run of what is no longer assigned is of no interest
    if (!jobs.containsKey(assignment.key())) {
      return;
    }
    history.add(assignment.key(), run);
    if (assignment instanceof Assignment.Script script) {
      opener
          .ran(script, run)
          .onSuccess(
              back -> {
                if (back) {
                  tryAgain(script.key());
                }
              });
    }
  }

  /** Fetches a script plugin's newest commit; a new one is worth a run at its own interval. */
  private Future<String> update(Assignment.Script script) {
    String before = opener.version(script).commit();
    return opener
        .update(script)
        .onSuccess(
            commit -> {
              if (!commit.equals(before)) {
                tryAgain(script.key());
              }
            });
  }

  private void tryAgain(String key) {
    context.runOnContext(
        unused -> {
          Job job = jobs.get(key);
          if (job != null) {
            job.tryAgain();
          }
        });
  }

  /** The last runs of a script plugin, the newest first; on the event loop only. */
  List<RememberedRun> runsOf(Assignment.Script script) {
    return history.of(script.key());
  }

  /**
   * Sends what a run gave; on the event loop only. Succeeds, there, when it is as safe as the
   * durability promises; also when the disk takes nothing: that is said, and isn't the plugin's
   * fault.
   */
  private Future<Void> deliver(Assignment assignment, List<Batch> batches) {
    for (Batch batch : batches) {
      Collection<String> namespaces =
          batch.namespace() == null ? assigned.namespaces().keySet() : List.of(batch.namespace());
      for (String namespace : namespaces) {
        pipeline.accept(namespace, assignment.key(), batch.prefix(), batch.metrics());
      }
      if (assignment.key().equals("NET")) {
        traffic = batch.metrics();
      }
    }
    Future<Void> stored = pipeline.stored();
    if (stored.isComplete()) {
      return Future.succeededFuture();
    }
    // it is completed elsewhere
    Promise<Void> here = Promise.promise();
    stored.onComplete(unused -> context.runOnContext(now -> here.complete()));
    return here.future();
  }

  /** Not before something was assigned: a registry that says nothing deletes nothing. */
  private void removeUnassigned() {
    if (applied) {
      opener.removeUnassigned(Set.copyOf(assigned.assignments().keySet()), clock.instant());
    }
  }

  private void enableOld() {
    worker
        .executeBlocking(
            () -> disabledPlugins.enableOlderThan(config.enableAfter(), clock.instant()))
        .onSuccess(
            keys ->
                keys.forEach(
                    key -> {
                      LOG.info(
                          "plugin {} is enabled again after {} h",
                          key,
                          config.enableAfter().toHours());
                      setEnabled(key, true);
                    }))
        .onFailure(e -> LOG.warn("disabled plugins can't be looked at: {}", e.toString()));
  }

  private void setEnabled(String key, boolean on) {
    if (on) {
      disabled.remove(key);
    } else {
      disabled.add(key);
    }
    Job job = jobs.get(key);
    if (job != null) {
      job.enable(on);
    }
  }

  /** What is assigned, and what was left out. */
  public Future<AssignmentSet> assigned() {
    return here(() -> Future.succeededFuture(assigned));
  }

  /** How each job does. */
  public Future<List<JobStatus>> jobs() {
    return here(() -> Future.succeededFuture(jobs.values().stream().map(Job::status).toList()));
  }

  /** How those that measure do. */
  public RuntimeStatus runtime() {
    return opener.runtime();
  }

  /** The latest NET metrics. */
  public Future<List<Metric>> traffic() {
    return here(() -> Future.succeededFuture(traffic));
  }

  /** Enables or disables a plugin, also across restarts. */
  public Future<Void> enable(Assignment.Script script, boolean on) {
    return here(
        () ->
            worker
                .executeBlocking(
                    () -> {
                      if (on) {
                        disabledPlugins.enable(script.key());
                      } else {
                        disabledPlugins.disable(script.key());
                      }
                      return null;
                    })
                .onSuccess(
                    unused -> {
                      setEnabled(script.key(), on);
                      LOG.info("plugin {} {}", script.key(), on ? "enabled" : "disabled");
                    })
                .mapEmpty());
  }

  /** What can be done with plugins by hand. */
  public PluginCalls pluginCalls() {
    return new PluginCalls(this, opener, policy);
  }

  /** The job of a script plugin; on the event loop only. */
  Job jobOf(Assignment.Script script) {
    Job job = jobs.get(script.key());
    if (job == null) {
      throw new PluginCallException(
          PluginCallException.Kind.NOT_ASSIGNED, PluginCalls.NOT_ASSIGNED);
    }
    return job;
  }

  /** Runs an action on the verticle's event loop; its result comes back to the caller's. */
  <T> Future<T> here(Supplier<Future<T>> action) {
    Context caller = Vertx.currentContext();
    Promise<T> promise = Promise.promise();
    context.runOnContext(
        unused -> {
          Future<T> done;
          try {
            done = action.get();
          } catch (RuntimeException e) {
            done = Future.failedFuture(e);
          }
          done.onComplete(
              result -> {
                if (caller == null || caller == context) {
                  promise.handle(result);
                } else {
                  caller.runOnContext(back -> promise.handle(result));
                }
              });
        });
    return promise.future();
  }

  private static String described(Assignment assignment) {
    if (assignment instanceof Assignment.Script script) {
      return "plugin " + script.name();
    }
    if (assignment instanceof Assignment.JavaPlugin plugin) {
      return "Java plugin " + plugin.name();
    }
    return assignment.name();
  }
}
