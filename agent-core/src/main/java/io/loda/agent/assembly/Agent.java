package io.loda.agent.assembly;

import io.loda.agent.assignment.HostPolicy;
import io.loda.agent.config.AgentConfig;
import io.loda.agent.config.Policy;
import io.loda.agent.delivery.DeliveryBuffer;
import io.loda.agent.delivery.Publisher;
import io.loda.agent.delivery.RefusedMessages;
import io.loda.agent.delivery.spool.LeftSpool;
import io.loda.agent.delivery.spool.SpoolMove;
import io.loda.agent.git.PluginRepositories;
import io.loda.agent.git.fetch.FetchUser;
import io.loda.agent.http.HttpApi;
import io.loda.agent.output.Output;
import io.loda.agent.output.OutputStatus;
import io.loda.agent.pipeline.Pipeline;
import io.loda.agent.plugins.SourceOpener;
import io.loda.agent.poll.AssignmentPoller;
import io.loda.agent.poll.RegistryMemory;
import io.loda.agent.registry.CurrentHost;
import io.loda.agent.registry.HostIdentityReader;
import io.loda.agent.registry.Registries;
import io.loda.agent.registry.Registry;
import io.loda.agent.schedule.Scheduler;
import io.loda.agent.source.JavaPlugins;
import io.loda.agent.source.MetricSources;
import io.loda.agent.source.script.run.ScriptRunner;
import io.loda.agent.source.script.user.PluginUser;
import io.loda.agent.source.script.user.PluginUsers;
import io.loda.agent.version.Version;
import io.loda.common.config.HostPort;
import io.loda.common.files.LogFiles;
import io.loda.common.files.Trust;
import io.loda.common.http.HttpMemory;
import io.loda.common.telemetry.Counters;
import io.loda.common.telemetry.Discards;
import io.vertx.core.Deployable;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.WorkerExecutor;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Puts the parts together: what consumes starts before what produces, and closes after it. The
 * constructor blocks shortly.
 */
public final class Agent {

  private static final Logger LOG = LoggerFactory.getLogger(Agent.class);

  /** Of the 10 s that a stop may take, what is left for the others goes to sending. */
  private static final Duration DRAIN = Duration.ofSeconds(5);

  private static final Duration STEP = Duration.ofSeconds(7);

  private final Vertx vertx;
  private final AgentConfig config;
  private final Counters counters = new Counters();
  private final MemoryPlan memory;
  private final List<Supplier<OutputStatus>> outputs = new ArrayList<>();
  private volatile List<LeftSpool> leftSpools = List.of();
  private final List<String> outputIds = new CopyOnWriteArrayList<>();
  private final List<Part> parts = new ArrayList<>();
  private final Deque<Part> started = new ArrayDeque<>();
  private final HttpApi http;
  private final String registryDescription;
  private final PluginUser user;

  private interface Starter {
    Future<?> start();
  }

  private record Part(String name, Starter start, Starter close) {}

  public Agent(
      Vertx vertx,
      AgentConfig config,
      PluginUser user,
      Callable<List<Policy>> policies,
      OutputStream stdout) {
    this.vertx = vertx;
    this.config = config;
    this.user = user;
    this.memory = MemoryPlan.of(Runtime.getRuntime().maxMemory(), config);
    Discards discards = new Discards(counters, System::nanoTime);
    CurrentHost host = new CurrentHost(new HostIdentityReader(config.host()).read());
    List<Pipeline.Target> targets = new ArrayList<>();
    RefusedMessages refused =
        new RefusedMessages(
            config.host().dataDir().resolve("refused"), worker("refused"), Clock.systemUTC());
    Executor looker = worker("spools of other outputs");
    parts.add(
        new Part(
            "spools of other outputs",
            () -> lookForLeftSpools(looker, discards),
            Future::succeededFuture));
    List<Publisher> publishers = new ArrayList<>();
    for (AgentConfig.OutputConfig output : config.outputs().values()) {
      targets.add(
          new Pipeline.Target(output, output(output, stdout, refused, discards, publishers)));
    }
    // at once: else each would have to stop in its part of the time
    parts.add(new Part("outputs", () -> deploy(publishers), this::undeployOutputs));
    Pipeline pipeline =
        new Pipeline(targets, host::hostname, Clock.systemUTC(), counters, discards);

    HostPolicy policy = new HostPolicy(config, policies, counters);
    LogFiles logs =
        new LogFiles(config.http().logRoots(), config.host().hostRoot(), policy::refusesLogFile);
    MetricSources sources =
        new MetricSources(
            vertx,
            JavaPlugins.load(config.plugins().javaDir(), new Trust(config.host().home()))
                .reading(logs),
            config.host(),
            config.plugins().maxSeries(),
            discards);
    ScriptRunner scripts =
        new ScriptRunner(
                vertx,
                config.plugins(),
                PluginUsers.of(user, config.plugins(), config.host().dataDir()),
                policy::maxTimeout,
                counters)
            .handingOnTo(pipeline::taker, memory.runs());
    PluginRepositories repositories =
        new PluginRepositories(
                vertx,
                config.plugins(),
                place ->
                    scripts
                        .reservedUser("git-fetch " + place)
                        .map(own -> new FetchUser(own.id(), own::command, own::end)))
            .allowingRefs(policy::allowsRef);
    Registry registry = Registries.create(vertx, config.registry());
    this.registryDescription = registry.description();
    SourceOpener opener = new SourceOpener(config, sources, scripts, repositories, discards);
    Scheduler scheduler =
        new Scheduler(config.plugins(), policy, opener, pipeline, host::hostname, Clock.systemUTC())
            .remembering(memory.history());
    AssignmentPoller poller =
        new AssignmentPoller(config, registry, scheduler, host, policy)
            .within(new RegistryMemory(memory.registryAnswer(), memory.registry()));
    this.http =
        new HttpApi(
            config,
            scheduler,
            poller,
            pipeline,
            host::hostname,
            this::outputStatus,
            counters,
            new HttpMemory(memory.budget(), memory.bodies(), memory.answers()),
            logs,
            HttpApi.IDLE);

    closed("sources", sources::close);
    closed("git", repositories::close);
    // the scheduler closes before, and ends its jobs' runs: they are no failures then
    parts.add(new Part("plugin runs", scripts::start, scripts::close));
    verticle("scheduler", scheduler);
    verticle("HTTP API", http);
    closed("registry", registry::close);
    verticle("poller", poller);
  }

  private DeliveryBuffer output(
      AgentConfig.OutputConfig output,
      OutputStream stdout,
      RefusedMessages refused,
      Discards discards,
      List<Publisher> publishers) {
    AgentConfig.Delivery delivery = config.delivery();
    Output target = output.settings().create(vertx, output.name(), stdout);
    DeliveryBuffer buffer =
        delivery.durability().equals("memory")
            ? DeliveryBuffer.inMemory(
                output.name(),
                delivery,
                target::maxMessageBytes,
                config.host().dataDir(),
                worker("spool-" + output.name()),
                discards,
                System::nanoTime)
            : DeliveryBuffer.spooled(
                output.name(),
                delivery,
                target::maxMessageBytes,
                config.host().dataDir(),
                worker("spool-" + output.name()),
                discards,
                Clock.systemUTC(),
                System::nanoTime,
                output.required());
    Publisher publisher =
        new Publisher(
            output.name(),
            buffer,
            target,
            output.format(),
            delivery.replayBytesPerSecond(),
            refused,
            DRAIN,
            counters,
            discards);
    Objects.requireNonNull(memory.delivery().get(output.name())).isToldBy(buffer::waitingBytes);
    publishers.add(publisher);
    outputs.add(() -> publisher.status(output.type()));
    return buffer;
  }

  /**
   * One thread for files; a disk that hangs is said once a minute. Not ordered: Vert.x would order
   * it with all that its caller's event loop gave to whatever worker, and one that hangs would hold
   * up the others.
   */
  private Executor worker(String name) {
    WorkerExecutor worker = vertx.createSharedWorkerExecutor(name, 1, 1, TimeUnit.MINUTES);
    closed(name, worker::close);
    return task ->
        worker
            .executeBlocking(
                () -> {
                  task.run();
                  return null;
                },
                false)
            .onFailure(e -> LOG.error("{}: its work failed", name, e));
  }

  private List<OutputStatus> outputStatus() {
    return Stream.concat(
            outputs.stream().map(Supplier::get), leftSpools.stream().map(LeftSpool::status))
        .toList();
  }

  /**
   * Of outputs that were renamed; also goes on with a move that was killed. Nobody waits until what
   * they hold is read.
   */
  private Future<?> lookForLeftSpools(Executor looker, Discards discards) {
    Path data = config.host().dataDir();
    return vertx
        .executeBlocking(
            () -> {
              new SpoolMove(data).finish();
              return null;
            },
            false)
        .onSuccess(unused -> looker.execute(() -> findLeftSpools(data, discards)));
  }

  private void findLeftSpools(Path data, Discards discards) {
    try {
      leftSpools = LeftSpool.find(data, config.outputs().keySet(), discards);
      leftSpools.forEach(spool -> LOG.warn("{}", spool));
    } catch (IOException e) {
      LOG.warn(
          "spools: can't see what waits for outputs that aren't there any more: {}", e.toString());
    }
  }

  private void verticle(String name, Deployable verticle) {
    String[] id = new String[1];
    parts.add(
        new Part(
            name,
            () -> vertx.deployVerticle(verticle).map(deployed -> id[0] = deployed),
            () -> vertx.undeploy(id[0])));
  }

  /** One after the other; those that are started are stopped also where another one isn't. */
  private Future<?> deploy(List<Publisher> publishers) {
    Future<?> all = Future.succeededFuture();
    for (Publisher publisher : publishers) {
      all =
          all.compose(unused -> vertx.deployVerticle(publisher))
              .map(
                  id -> {
                    outputIds.add(id);
                    return id;
                  });
    }
    return all.recover(e -> undeployOutputs().transform(unused -> Future.failedFuture(e)));
  }

  private Future<?> undeployOutputs() {
    List<Future<Void>> all = outputIds.stream().map(vertx::undeploy).toList();
    outputIds.clear();
    return Future.join(all);
  }

  private void closed(String name, Starter close) {
    parts.add(new Part(name, Future::succeededFuture, close));
  }

  /** Starts everything, or nothing: what had started is closed again. */
  public Future<Void> start() {
    LOG.info(
        "agent {} starts, pid {}, data in {}, plugins run as {}",
        Version.current().version(),
        ProcessHandle.current().pid(),
        config.host().dataDir(),
        user.description());
    config.notices().forEach(LOG::warn);
    OwnPlaces.hidden(config, user).ifPresent(LOG::warn);
    for (Policy policy : config.policies()) {
      LOG.info("policy: {} holds", policy.file());
      user.weakPlace(policy.file())
          .ifPresent(
              place ->
                  LOG.warn(
                      "policy: plugins run as {}, who can change {}; let it belong to root, and be"
                          + " writable by nobody else",
                      user.name(),
                      place));
    }
    if (!user.switched() && user.uid() != 0) {
      LOG.warn("the agent is not root: plugins run as its own user, {}", user.name());
    }
    Future<Void> all = Future.succeededFuture();
    for (Part part : parts) {
      all =
          all.compose(
              unused ->
                  part.start()
                      .start()
                      .map(
                          done -> {
                            started.push(part);
                            return part;
                          })
                      .mapEmpty());
    }
    return all.onSuccess(unused -> sayWhere())
        .recover(e -> close().transform(unused -> Future.failedFuture(e)));
  }

  private void sayWhere() {
    HostPort address = http.address();
    LOG.info("HTTP API at http://{}/me/status", address);
    LOG.info(
        "asks {} what to collect, sends to {}",
        registryDescription,
        String.join(
            ", ",
            config.outputs().values().stream()
                .map(o -> o.name() + " (" + o.type() + ", " + o.format() + ")")
                .toList()));
    if (!address.host().equals("localhost")
        && !address.host().startsWith("127.")
        && !address.host().equals("::1")) {
      LOG.warn(
          "http.listen is {}: everyone who reaches it can run and update plugins; 127.0.0.1 is"
              + " safer",
          address);
    }
  }

  /** Closes what started, the last first; one that fails or hangs doesn't keep the others. */
  public Future<Void> close() {
    Future<Void> all = Future.succeededFuture();
    while (!started.isEmpty()) {
      Part part = started.pop();
      all =
          all.compose(
              unused ->
                  Future.succeededFuture()
                      .compose(now -> part.close().start())
                      .timeout(STEP.toMillis(), TimeUnit.MILLISECONDS)
                      .onFailure(e -> LOG.warn("{} didn't close: {}", part.name(), e.getMessage()))
                      .otherwiseEmpty()
                      .mapEmpty());
    }
    return all;
  }
}
