package io.loda.agent.schedule;

import static io.loda.agent.registry.Futures.await;

import io.loda.agent.assignment.AssignmentSet;
import io.loda.agent.assignment.policy.HostPolicy;
import io.loda.agent.config.AgentConfig;
import io.loda.agent.config.ConfigLoader;
import io.loda.agent.git.PluginRepositories;
import io.loda.agent.git.Repositories;
import io.loda.agent.pipeline.Pipeline;
import io.loda.agent.plugins.SourceOpener;
import io.loda.agent.poll.AssignmentPoller;
import io.loda.agent.poll.RegistryMemory;
import io.loda.agent.registry.CurrentHost;
import io.loda.agent.registry.HostIdentity;
import io.loda.agent.registry.Registry;
import io.loda.agent.source.JavaPlugins;
import io.loda.agent.source.MetricSources;
import io.loda.agent.source.script.run.ScriptRunner;
import io.loda.agent.source.script.user.PluginUser;
import io.loda.agent.source.script.user.PluginUsers;
import io.loda.agent.timers.Timers;
import io.loda.common.config.ConfigException;
import io.loda.common.telemetry.Counters;
import io.loda.common.telemetry.Discards;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

/** A scheduler, and pollers that tell it what to do, in a folder of a test. */
public final class ScheduleFixture implements AutoCloseable {

  final Vertx vertx = Vertx.vertx();
  final Path folder;
  public final AgentConfig config;
  public final Scheduler scheduler;
  final Counters counters = new Counters();
  public final HostPolicy policy;
  private final PluginRepositories repositories;
  private boolean closed;
  private final ScriptRunner scripts;
  private final CurrentHost host = new CurrentHost(new HostIdentity("web1", List.of(), ""));

  public ScheduleFixture(Path folder, Map<String, String> keys) throws Exception {
    this(folder, keys, InstantSource.system());
  }

  ScheduleFixture(Path folder, Map<String, String> keys, InstantSource clock) throws Exception {
    this(folder, keys, clock, Timers::of);
  }

  public ScheduleFixture(
      Path folder, Map<String, String> keys, InstantSource clock, Function<Vertx, Timers> timers)
      throws Exception {
    this.folder = folder;
    this.config = config(folder, keys);
    this.policy =
        new HostPolicy(
            config, () -> new ConfigLoader(folder, Map.of(), false).policies(null), counters);
    hostname("web1");
    Discards discards = new Discards(new Counters(), System::nanoTime);
    this.scripts =
        new ScriptRunner(
            vertx,
            config.plugins(),
            PluginUsers.one(new PluginUser("self", PluginUser.ownUid(), List.of(), "/", false)),
            () -> ScriptRunner.FOR_EVER,
            new Counters());
    this.repositories = Repositories.inProcess(vertx, config.plugins());
    SourceOpener opener =
        new SourceOpener(
            config,
            new MetricSources(
                vertx,
                JavaPlugins.load(config.plugins().javaDir()),
                config.host(),
                config.plugins().maxSeries(),
                discards),
            scripts,
            repositories,
            discards);
    this.scheduler =
        new Scheduler(
            config.plugins(),
            policy,
            opener,
            new Pipeline(List.of(), host::hostname, clock, new Counters(), discards),
            host::hostname,
            clock,
            timers);
    await(vertx.deployVerticle(scheduler));
  }

  private static AgentConfig config(Path folder, Map<String, String> keys) throws ConfigException {
    Map<String, String> flags = new LinkedHashMap<>();
    flags.put("agent.data-dir", folder.resolve("data").toString());
    flags.put("agent.host-proc", folder.resolve("proc").toString());
    flags.put("agent.interfaces", "none-such");
    flags.put("agent.default-types", "");
    flags.put("registry.poll-interval", "24h");
    flags.put("registry.report-interval", "24h");
    flags.putAll(keys);
    return new ConfigLoader(folder, Map.of(), false).load(null, flags);
  }

  /** What the host is called from now on. */
  public void hostname(String name) throws IOException {
    Path file = folder.resolve("proc/sys/kernel/hostname");
    Files.createDirectories(file.getParent());
    Files.writeString(file, name + "\n");
  }

  public AssignmentPoller poller(Registry registry) throws Exception {
    return poller(registry, RegistryMemory.unlimited());
  }

  public AssignmentPoller poller(Registry registry, RegistryMemory memory) throws Exception {
    AssignmentPoller poller =
        new AssignmentPoller(config, registry, scheduler, host, policy).within(memory);
    await(vertx.deployVerticle(poller));
    return poller;
  }

  public AssignmentSet assigned() throws Exception {
    return await(scheduler.assigned());
  }

  @Override
  public void close() {
    if (closed) {
      return;
    }
    closed = true;
    // one after the other: a future of Vert.x' own threads doesn't outlive them
    closed(scripts.close());
    closed(repositories.close());
    closed(vertx.close());
  }

  private static void closed(Future<Void> close) {
    close.toCompletionStage().toCompletableFuture().orTimeout(60, TimeUnit.SECONDS).join();
  }
}
