package io.loda.agent.source;

import io.loda.agent.assignment.Assignment;
import io.loda.agent.config.AgentConfig;
import io.loda.agent.plugin.AgentParameters;
import io.loda.agent.plugin.Sampler;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.WorkerExecutor;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes the source of an assignment that Java code measures: the host's probes and Java plugins.
 */
public final class MetricSources {

  private static final Logger LOG = LoggerFactory.getLogger(MetricSources.class);
  private static final int AT_ONCE = 8;

  private final JavaPlugins plugins;
  private final Map<String, String> agentParameters;
  private final WorkerExecutor worker;

  public MetricSources(Vertx vertx, JavaPlugins plugins, AgentConfig.Host host) {
    this.plugins = plugins;
    this.agentParameters =
        Map.of(
            AgentParameters.HOSTNAME, host.hostname(),
            AgentParameters.INTERFACES, String.join(",", host.interfaces()),
            AgentParameters.HOST_PROC, host.hostProc().toString(),
            AgentParameters.HOST_SYS, host.hostSys().toString(),
            AgentParameters.HOST_ROOT, host.hostRoot().toString(),
            AgentParameters.NTP_SERVERS, String.join(",", host.ntpServers()),
            AgentParameters.STATE_DIR, host.dataDir().resolve("state").toString());
    this.worker = vertx.createSharedWorkerExecutor("collect", AT_ONCE, 1, TimeUnit.MINUTES);
  }

  /**
   * Opens a source.
   *
   * @return fails with {@link IllegalArgumentException} when the assignment can never work
   */
  public Future<MetricSource> open(Assignment assignment) {
    if (assignment instanceof Assignment.HostProbe host) {
      return openHost(host);
    }
    if (assignment instanceof Assignment.Probe probe) {
      return open(probe.type(), probe.parameters(), probe.namespace(), "");
    }
    if (assignment instanceof Assignment.JavaPlugin plugin) {
      return open(
          plugin.name(), plugin.parameters(), plugin.namespace(), "PLUGIN." + plugin.name() + ".");
    }
    return Future.failedFuture(
        new IllegalArgumentException("no Java code measures " + assignment.key()));
  }

  public Future<Void> close() {
    return worker.close();
  }

  /** An option that is wrong costs the option: the measurement is of use without it. */
  private Future<MetricSource> openHost(Assignment.HostProbe host) {
    return open(host.type(), host.parameters(), null, "")
        .recover(
            e -> {
              if (host.parameters().isEmpty() || !(e instanceof IllegalArgumentException)) {
                return Future.failedFuture(e);
              }
              return open(host.type(), Map.of(), null, "")
                  .onSuccess(
                      source ->
                          LOG.warn(
                              "{} is measured without its items' options: {}",
                              host.type(),
                              e.getMessage()));
            });
  }

  private Future<MetricSource> open(
      String name, Map<String, String> fields, @Nullable String namespace, String prefix) {
    Map<String, String> parameters = new HashMap<>(fields);
    parameters.keySet().removeIf(key -> key.startsWith("agent."));
    parameters.putAll(agentParameters);
    return worker.executeBlocking(
        () -> {
          try {
            Sampler sampler = plugins.named(name).open(Map.copyOf(parameters));
            return new SamplerSource(sampler, namespace, prefix, worker);
          } catch (LinkageError e) {
            throw new IllegalArgumentException("the plugin's jar is broken: " + e, e);
          }
        },
        false);
  }
}
