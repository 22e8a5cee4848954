package io.loda.agent.assembly;

import io.loda.agent.assignment.policy.HostPolicy;
import io.loda.agent.config.AgentConfig;
import io.loda.agent.config.Policy;
import io.loda.agent.git.PluginRepositories;
import io.loda.agent.git.fetch.FetchUser;
import io.loda.agent.http.HttpApi;
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
import io.loda.common.files.Trust;
import io.loda.common.files.allowed.LogFiles;
import io.loda.common.http.HttpMemory;
import io.loda.common.lifecycle.Lifecycle;
import io.loda.common.telemetry.Counters;
import io.loda.common.telemetry.Discards;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.io.OutputStream;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Puts the parts of the agent together. Consumers start before producers, and close after them. The
 * constructor blocks shortly.
 */
public final class Agent {

  private static final Logger LOG = LoggerFactory.getLogger(Agent.class);

  private static final Duration START = Duration.ofSeconds(60);

  /** The deadline of a stop, which may take 10 s with the rest of the process. */
  private static final Duration STOP = Duration.ofSeconds(9);

  private final AgentConfig config;
  private final Counters counters = new Counters();
  private final MemoryPlan memory;
  private final Lifecycle lifecycle;
  private final HttpApi http;
  private final String registryDescription;
  private final PluginUser user;

  public Agent(
      Vertx vertx,
      AgentConfig config,
      PluginUser user,
      Callable<List<Policy>> policies,
      OutputStream stdout) {
    this.config = config;
    this.user = user;
    this.memory = MemoryPlan.of(Runtime.getRuntime().maxMemory(), config);
    this.lifecycle = new Lifecycle(vertx, START, STOP);
    Discards discards = new Discards(counters, System::nanoTime);
    CurrentHost host = new CurrentHost(new HostIdentityReader(config.host()).read());
    Outputs outputs = new Outputs(vertx, config, memory, stdout, counters, discards, lifecycle);
    Pipeline pipeline =
        new Pipeline(outputs.targets(), host::hostname, Clock.systemUTC(), counters, discards);

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
            outputs::status,
            counters,
            new HttpMemory(memory.budget(), memory.bodies(), memory.answers()),
            logs,
            HttpApi.IDLE);

    lifecycle.closing("sources", sources::close);
    lifecycle.closing("git", repositories::close);
    // the scheduler closes first and cancels its jobs' runs, so that they don't count as failures
    lifecycle.add("plugin runs", scripts::start, scripts::close);
    lifecycle.verticle("scheduler", scheduler);
    lifecycle.verticle("HTTP API", http);
    lifecycle.closing("registry", registry::close);
    lifecycle.verticle("poller", poller);
  }

  /** Starts all parts; if one fails, it closes those that were started. */
  public Future<Void> start() {
    LOG.info(
        "agent: version {} starts, pid {}, data in {}, each plugin runs as {}",
        Version.current().version(),
        ProcessHandle.current().pid(),
        config.host().dataDir(),
        user.description());
    config.notices().forEach(LOG::warn);
    OwnPlaces.hidden(config, user).ifPresent(LOG::warn);
    for (Policy policy : config.policies()) {
      LOG.info("policy: {} is in force", policy.file());
      user.weakPlace(policy.file())
          .ifPresent(
              place ->
                  LOG.warn(
                      "policy: plugins run as {}, who can change {}; make root its owner, and writable"
                          + " by nobody else",
                      user.name(),
                      place));
    }
    if (!user.switched() && user.uid() != 0) {
      LOG.warn("agent: not root, so plugins run as the agent's own user, {}", user.name());
    }
    return lifecycle.start().onSuccess(unused -> sayWhere());
  }

  private void sayWhere() {
    HostPort address = http.address();
    LOG.info("HTTP API at http://{}/me/status", address);
    LOG.info(
        "agent: gets assignments from {}, sends to {}",
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
          "HTTP: http.listen is {}: everyone who reaches it can run and update plugins; 127.0.0.1"
              + " is safer",
          address);
    }
  }

  /** Closes the started parts in reverse order, by the deadline of a stop; never fails. */
  public Future<Void> close() {
    return lifecycle.close();
  }
}
