package io.loda.agent.poll;

import io.loda.agent.assignment.Assignment;
import io.loda.agent.assignment.AssignmentParser;
import io.loda.agent.assignment.AssignmentSet;
import io.loda.agent.assignment.policy.HostAddresses;
import io.loda.agent.assignment.policy.HostPolicy;
import io.loda.agent.config.AgentConfig;
import io.loda.agent.registry.CurrentHost;
import io.loda.agent.registry.HostIdentityReader;
import io.loda.agent.registry.Registry;
import io.loda.agent.registry.RegistryException;
import io.loda.agent.schedule.Scheduler;
import io.loda.common.files.FileReason;
import io.loda.common.net.HostLookup;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.VerticleBase;
import io.vertx.core.WorkerExecutor;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Polls the registry for what to collect: at the start, after a random part of an interval, and
 * then every interval, so that a fleet doesn't ask in step. Reports this host in the same way. When
 * something fails, the last good answer of each namespace stays in force.
 */
public final class AssignmentPoller extends VerticleBase {

  private static final Logger LOG = LoggerFactory.getLogger(AssignmentPoller.class);

  /** The time-out of name look-ups for policy rules on IP addresses. */
  private static final Duration NAMES = Duration.ofSeconds(5);

  private final AgentConfig config;
  private final Registry registry;
  private final Scheduler scheduler;
  private final HostPolicy policy;
  private final CurrentHost host;
  private final HostIdentityReader hostReader;
  private final List<Assignment.HostProbe> defaultProbes;
  private final Path folder;
  private final RepeatedProblems problems = new RepeatedProblems(LOG);
  private final RegistryHealth health;
  private RegistryMemory memory = RegistryMemory.unlimited();

  @SuppressWarnings("NullAway.Init")
  private WorkerExecutor worker;

  @SuppressWarnings("NullAway.Init")
  private LastGoodAssignments lastGood;

  @SuppressWarnings("NullAway.Init")
  private HostReporter reporter;

  @SuppressWarnings("NullAway.Init")
  private RegistryPull asking;

  @SuppressWarnings("NullAway.Init")
  private HostAddresses addresses;

  private LastGoodAssignments.KnownAnswers known =
      new LastGoodAssignments.KnownAnswers(Map.of(), Map.of());
  private @Nullable Future<Void> pulling;
  private @Nullable Promise<Void> pullNext;

  /**
   * A poller that isn't started.
   *
   * @param host is updated with the host's identity at each poll
   * @param policy refuses items of the answers
   */
  public AssignmentPoller(
      AgentConfig config,
      Registry registry,
      Scheduler scheduler,
      CurrentHost host,
      HostPolicy policy) {
    this.config = config;
    this.registry = registry;
    this.health = new RegistryHealth(registry.description(), InstantSource.system());
    this.scheduler = scheduler;
    this.policy = policy;
    this.host = host;
    this.hostReader = new HostIdentityReader(config.host());
    this.defaultProbes = defaultProbes(config);
    this.folder = config.host().dataDir().resolve("registry");
  }

  /** Bounds the memory of the registry's answers; call before the start. */
  public AssignmentPoller within(RegistryMemory bounded) {
    memory = bounded;
    return this;
  }

  private static List<Assignment.HostProbe> defaultProbes(AgentConfig config) {
    List<Assignment.HostProbe> probes = new ArrayList<>();
    for (String type : config.host().defaultTypes()) {
      try {
        probes.add(Assignment.HostProbe.ofType(type, config.plugins().minInterval()));
      } catch (IllegalArgumentException e) {
        LOG.warn("agent.default-types: {}", e.getMessage());
      }
    }
    return List.copyOf(probes);
  }

  /** Puts the saved answers in force and starts polling; doesn't wait for the first answer. */
  @Override
  public Future<?> start() {
    worker = vertx.createSharedWorkerExecutor("assignments", 1);
    addresses = new HostAddresses(vertx, HostLookup.ofSystem(vertx), NAMES);
    reporter =
        new HostReporter(
            registry,
            host,
            new LastReport(folder.resolve("reported.json")),
            worker,
            problems,
            health,
            () -> known.namespaces(),
            memory);
    lastGood =
        new LastGoodAssignments(
            folder,
            config.registry().maxAnswerBytes(),
            config.registry().maxItems(),
            new AssignmentParser(config.plugins().minInterval()),
            memory);
    asking = new RegistryPull(registry, lastGood, worker, memory, problems, health);
    return worker
        .executeBlocking(lastGood::load, false)
        .map(
            loaded -> {
              health.remembered(lastGood.answered());
              known = loaded;
              return loaded;
            })
        .compose(unused -> reporter.start())
        .compose(
            unused -> known.namespaces().isEmpty() ? Future.<Void>succeededFuture() : applyKnown())
        .onSuccess(
            unused -> {
              pull().onComplete(pulled -> reporter.report());
              repeat(config.registry().pollInterval(), this::pull);
              repeat(config.registry().reportInterval(), reporter::report);
            });
  }

  @Override
  public Future<?> stop() {
    problems.silence();
    return worker.close().eventually(addresses::close);
  }

  /** Repeats an action every period, first after a random part of it. */
  private void repeat(Duration period, Runnable action) {
    long millis = period.toMillis();
    long first = 1 + ThreadLocalRandom.current().nextLong(millis);
    vertx.setPeriodic(first, millis, unused -> action.run());
  }

  /** How the registry answers; any thread. */
  public RegistryStatus status() {
    return health.status();
  }

  /**
   * Polls now; any thread. During a poll it polls once more after it.
   *
   * @return fails if anything failed; all else is in force then
   */
  public Future<Void> update() {
    if (context == null) {
      return Future.failedFuture(new RegistryException("the agent is starting; try again"));
    }
    Promise<Void> promise = Promise.promise();
    context.runOnContext(
        unused -> {
          if (pulling == null) {
            pull().onComplete(promise);
          } else {
            if (pullNext == null) {
              pullNext = Promise.promise();
            }
            pullNext.future().onComplete(promise);
          }
        });
    return promise.future();
  }

  private Future<Void> pull() {
    if (pulling != null) {
      return pulling;
    }
    Promise<Void> promise = Promise.promise();
    pulling = promise.future();
    // exceptions count as failures too: nothing else would report them
    Future.succeededFuture()
        .compose(unused -> worker.executeBlocking(policy::readAgain, false))
        .onSuccess(unused -> scheduler.lookAtSignatures())
        // a changed policy doesn't wait for the registry
        .compose(
            changed ->
                changed && !known.namespaces().isEmpty()
                    ? applyKnown()
                    : Future.<Void>succeededFuture())
        .compose(unused -> worker.executeBlocking(hostReader::read, false))
        .compose(reporter::hostIs)
        .compose(now -> asking.pull(now, known, this::remember))
        .onSuccess(unused -> problems.solved("pull"))
        .onFailure(
            e -> {
              if (!(e instanceof RegistryException)) {
                LOG.debug("pull failed", e);
                problems.report(
                    "pull",
                    "failed, the last good answers stay in force, retrying: " + FileReason.of(e));
              }
            })
        .onComplete(promise);
    return promise
        .future()
        .onComplete(
            unused -> {
              pulling = null;
              Promise<Void> waiting = pullNext;
              pullNext = null;
              if (waiting != null) {
                pull().onComplete(waiting);
              }
            });
  }

  private Future<Void> remember(LastGoodAssignments.KnownAnswers now) {
    LastGoodAssignments.KnownAnswers before = known;
    known = now;
    worker
        .executeBlocking(
            () -> {
              lastGood.save(now.namespaces(), now.items().keySet());
              return null;
            },
            false)
        .onSuccess(unused -> problems.solved("saving"))
        .onFailure(
            e ->
                problems.report(
                    "saving",
                    "failed, a restart without the registry has older answers: "
                        + FileReason.of(e)));
    return applyKnown()
        .onComplete(
            unused ->
                before
                    .items()
                    .forEach(
                        (namespace, items) -> {
                          LastGoodAssignments.Items after = now.items().get(namespace);
                          // an unchanged answer is the same object
                          if (after == null || !after.digest().equals(items.digest())) {
                            lastGood.forget(items);
                          }
                        }));
  }

  private Future<Void> applyKnown() {
    Map<String, AssignmentParser.Parsed> parsed = new TreeMap<>();
    known.items().forEach((namespace, items) -> parsed.put(namespace, items.parsed()));
    Map<String, String> namespaces = known.namespaces();
    return addresses
        .find(policy.placesToFind(parsed.values()))
        .compose(
            found -> {
              policy.found(found);
              List<AssignmentParser.Parsed> allowed = new ArrayList<>();
              parsed.forEach((namespace, one) -> allowed.add(policy.filter(namespace, one)));
              return scheduler.apply(
                  AssignmentSet.of(policy.namespaces(namespaces), allowed)
                      .withDefaults(policy.allowed(defaultProbes)));
            });
  }
}
