package io.loda.agent.poll;

import io.loda.agent.assignment.Assignment;
import io.loda.agent.assignment.AssignmentParser;
import io.loda.agent.assignment.AssignmentSet;
import io.loda.agent.assignment.HostAddresses;
import io.loda.agent.assignment.HostPolicy;
import io.loda.agent.assignment.ItemList;
import io.loda.agent.config.AgentConfig;
import io.loda.agent.registry.CurrentHost;
import io.loda.agent.registry.HostIdentity;
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
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks the registry what to collect: at the start, then after a random part of an interval, then
 * every interval, so that a fleet doesn't ask in step; and tells it about this host in the same
 * rhythm. Whatever fails, the last good answer of each namespace stays in force.
 */
public final class AssignmentPoller extends VerticleBase {

  private static final Logger LOG = LoggerFactory.getLogger(AssignmentPoller.class);

  /** How long a name server may take, where a rule of the policy is about IP addresses. */
  private static final Duration NAMES = Duration.ofSeconds(5);

  private final AgentConfig config;
  private final Registry registry;
  private final Scheduler scheduler;
  private final HostPolicy policy;
  private final CurrentHost host;
  private final HostIdentityReader hostReader;
  private final AssignmentParser parser;
  private final List<Assignment.HostProbe> defaultProbes;
  private final Path folder;
  private final LastGoodAssignments lastGood;
  private final RepeatedProblems problems = new RepeatedProblems(LOG);
  private final RegistryHealth health;
  private RegistryMemory memory = RegistryMemory.unlimited();

  @SuppressWarnings("NullAway.Init")
  private WorkerExecutor worker;

  @SuppressWarnings("NullAway.Init")
  private HostReporter reporter;

  @SuppressWarnings("NullAway.Init")
  private RegistryPull asking;

  @SuppressWarnings("NullAway.Init")
  private HostAddresses addresses;

  private LastGoodAssignments.Known known = new LastGoodAssignments.Known(Map.of(), Map.of());
  private @Nullable Future<Void> pulling;
  private @Nullable Promise<Void> pullNext;

  /**
   * A poller.
   *
   * @param host where it writes who the host is, whenever it looked
   * @param policy what of the answers is left out
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
    this.parser =
        new AssignmentParser(config.plugins().minInterval(), config.registry().maxItems());
    this.defaultProbes = defaultProbes(config);
    this.folder = config.host().dataDir().resolve("registry");
    this.lastGood =
        new LastGoodAssignments(folder, config.registry().maxAnswerBytes(), this::parse);
  }

  /** Before it is started: what the registry's answers take of memory is bounded. */
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

  /** Starts; done before the first answer is there: what was known before is collected at once. */
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

  /** First after a random part of the period, then every period. */
  private void repeat(Duration period, Runnable action) {
    long millis = period.toMillis();
    long first = 1 + ThreadLocalRandom.current().nextLong(millis);
    vertx.setPeriodic(first, millis, unused -> action.run());
  }

  /** How the registry answers; from any thread. */
  public RegistryStatus status() {
    return health.status();
  }

  /**
   * Asks now; from any thread. While an answer is awaited, asks once more after it.
   *
   * @return fails with what went wrong, when anything did; what went well is in force all the same
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
    // a failure of whatever kind: nobody else would say that the agent asks in vain
    Future.succeededFuture()
        .compose(unused -> worker.executeBlocking(policy::readAgain, false))
        .onSuccess(unused -> scheduler.lookAtSignatures())
        // what the owner says now doesn't wait for the registry
        .compose(
            changed ->
                changed && !known.namespaces().isEmpty()
                    ? applyKnown()
                    : Future.<Void>succeededFuture())
        .compose(unused -> worker.executeBlocking(hostReader::read, false))
        .compose(this::hostIs)
        .compose(now -> asking.pull(now, known, this::remember))
        .onSuccess(unused -> problems.solved("pull"))
        .onFailure(
            e -> {
              if (!(e instanceof RegistryException)) {
                LOG.debug("pull failed", e);
                problems.report("pull", "failed, keeps what it knows: " + e);
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

  /** A host under a new name asks for nothing before the registry knows the name. */
  private Future<HostIdentity> hostIs(HostIdentity now) {
    host.set(now);
    boolean newName = reporter.hasNewName();
    Future<Void> report = reporter.hasChanged() ? reporter.report() : Future.succeededFuture();
    if (!newName) {
      return Future.succeededFuture(now);
    }
    return report
        .map(now)
        .onSuccess(unused -> problems.solved("hostname"))
        .recover(
            e -> {
              String what =
                  "the host is now called "
                      + now.hostname()
                      + ", and the registry doesn't know yet: "
                      + e.getMessage();
              problems.report("hostname", "keeps what it knows: " + what);
              return Future.failedFuture(new RegistryException(what));
            });
  }

  /** What it says takes its memory until something else is in force. */
  private AssignmentParser.Parsed parse(
      String namespace, ItemList list, Supplier<@Nullable ItemList> before) {
    long[] taken = {0};
    try {
      AssignmentParser.Parsed parsed =
          parser.parse(
              namespace,
              list,
              before,
              bytes -> {
                memory.take(bytes);
                taken[0] += bytes;
              });
      taken[0] -= parsed.heldBytes();
      return parsed;
    } finally {
      // what was put together since, or all of it
      memory.give(taken[0]);
    }
  }

  private Future<Void> remember(LastGoodAssignments.Known now) {
    LastGoodAssignments.Known before = known;
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
                    "saving", "can't save the registry's answers: " + FileReason.of(e)));
    return applyKnown()
        .onComplete(
            unused ->
                before
                    .items()
                    .forEach(
                        (namespace, items) -> {
                          LastGoodAssignments.Items after = now.items().get(namespace);
                          // an answer that is the same as before isn't read again
                          if (after == null || !after.digest().equals(items.digest())) {
                            memory.give(items.parsed().heldBytes());
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
