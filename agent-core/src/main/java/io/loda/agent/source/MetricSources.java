package io.loda.agent.source;

import io.loda.agent.assignment.Assignment;
import io.loda.agent.config.AgentConfig;
import io.loda.agent.plugin.AgentParameters;
import io.loda.agent.plugin.Metric;
import io.loda.agent.plugin.Sampler;
import io.loda.common.metric.MetricName;
import io.loda.common.telemetry.Discards;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Opens the sources of assignments that Java code measures: host probes and Java plugins. */
public final class MetricSources {

  private static final Logger LOG = LoggerFactory.getLogger(MetricSources.class);

  /** The time-out for opening a plugin that runs only on demand. */
  private static final Duration WITHOUT_INTERVAL = Duration.ofSeconds(60);

  private final JavaPlugins plugins;
  private final int maxSeries;
  private final Discards discards;
  private final Map<String, String> agentParameters;
  private final JavaThreads probes;

  /** Separate threads, so that the host's measurements never wait for somebody's plugin. */
  private final JavaThreads javaPlugins;

  /**
   * Creates sources of these plugins.
   *
   * @param maxSeries of one collection of a Java plugin; metrics of further series are dropped
   */
  public MetricSources(
      Vertx vertx,
      JavaPlugins plugins,
      AgentConfig.HostConfig host,
      int maxSeries,
      Discards discards) {
    this.plugins = plugins;
    this.maxSeries = maxSeries;
    this.discards = discards;
    this.agentParameters =
        Map.of(
            AgentParameters.HOSTNAME, host.hostname(),
            AgentParameters.INTERFACES, String.join(",", host.interfaces()),
            AgentParameters.HOST_PROC, host.hostProc().toString(),
            AgentParameters.HOST_SYS, host.hostSys().toString(),
            AgentParameters.HOST_ROOT, host.hostRoot().toString(),
            AgentParameters.NTP_SERVERS, String.join(",", host.ntpServers()),
            AgentParameters.STATE_DIR, host.dataDir().resolve("state").toString());
    this.probes = new JavaThreads(vertx, "collect");
    this.javaPlugins = new JavaThreads(vertx, "java-plugin");
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
    if (assignment instanceof Assignment.NamespaceProbe probe) {
      return open(
          probe,
          probe.type(),
          probe.parameters(),
          probe.namespace(),
          "",
          UnaryOperator.identity(),
          probes);
    }
    if (assignment instanceof Assignment.JavaPlugin plugin) {
      return open(
          plugin,
          plugin.name(),
          plugin.parameters(),
          plugin.namespace(),
          "PLUGIN." + plugin.name() + ".",
          metrics -> limited(plugin, metrics),
          javaPlugins);
    }
    return Future.failedFuture(
        new IllegalArgumentException("no Java code measures " + assignment.key()));
  }

  /** Like {@link #open}, but a wrong option of a host probe is a failure. */
  public Future<MetricSource> openStrictly(Assignment assignment) {
    return assignment instanceof Assignment.HostProbe host
        ? openHost(host, host.parameters())
        : open(assignment);
  }

  public Future<Void> close() {
    probes.close();
    javaPlugins.close();
    return Future.succeededFuture();
  }

  /**
   * Opens a host probe; if its options are wrong, opens it without them, as it is useful without.
   */
  private Future<MetricSource> openHost(Assignment.HostProbe host) {
    return openHost(host, host.parameters())
        .recover(
            e -> {
              if (host.parameters().isEmpty() || !(e instanceof IllegalArgumentException)) {
                return Future.failedFuture(e);
              }
              return openHost(host, Map.of())
                  .onSuccess(
                      source ->
                          LOG.warn(
                              "{}: options of its items refused, measuring without them: {}",
                              host.type(),
                              e.getMessage()));
            });
  }

  private Future<MetricSource> openHost(Assignment.HostProbe host, Map<String, String> parameters) {
    return open(host, host.type(), parameters, null, "", UnaryOperator.identity(), probes);
  }

  /** Limits the series as for a script; runs in the collecting thread. */
  private List<Metric> limited(Assignment.JavaPlugin plugin, List<Metric> given) {
    List<Metric> metrics = named(plugin, given);
    if (metrics.size() <= maxSeries) {
      return metrics;
    }
    SeriesLimit limit = new SeriesLimit(maxSeries);
    List<Metric> taken = metrics.stream().filter(limit::takes).toList();
    if (limit.refused() > 0) {
      discards.countOf(
          plugin.key(), "max-series", limit.refused(), plugin.key() + ": " + limit.refusal());
    }
    return taken;
  }

  /** Returns the metrics with valid names; counts the others as refused. */
  private List<Metric> named(Assignment.JavaPlugin plugin, List<Metric> given) {
    List<String> problems =
        given.stream()
            .map(metric -> MetricName.problem(metric.name()))
            .filter(problem -> !problem.isEmpty())
            .toList();
    if (problems.isEmpty()) {
      return given;
    }
    discards.countOf(
        plugin.key(), "metric", problems.size(), plugin.key() + ": " + problems.get(0));
    return given.stream().filter(metric -> MetricName.problem(metric.name()).isEmpty()).toList();
  }

  private Future<MetricSource> open(
      Assignment assignment,
      String name,
      Map<String, String> fields,
      @Nullable String namespace,
      String prefix,
      UnaryOperator<List<Metric>> kept,
      JavaThreads threads) {
    Map<String, String> parameters = new HashMap<>(fields);
    parameters.keySet().removeIf(key -> key.startsWith("agent."));
    parameters.putAll(agentParameters);
    if (namespace != null) {
      parameters.put(AgentParameters.NAMESPACE, namespace);
    }
    Duration timeout = assignment.interval().isZero() ? WITHOUT_INTERVAL : assignment.interval();
    return threads.<MetricSource>call(
        assignment.key() + ", which is opened,",
        timeout,
        () -> {
          try {
            Sampler sampler = opened(plugins.named(name).open(Map.copyOf(parameters)));
            return new SamplerSource(
                assignment.key(), sampler, namespace, prefix, kept, timeout, threads);
          } catch (LinkageError e) {
            throw new IllegalArgumentException("the plugin's jar is broken: " + e, e);
          }
        },
        tooLate -> {
          if (tooLate != null) {
            tooLate.close();
          }
        });
  }

  private static Sampler opened(@Nullable Sampler sampler) {
    if (sampler == null) {
      throw new IllegalArgumentException("open(): expected a sampler, found null");
    }
    return sampler;
  }

  /** Returns how many threads of Java plugins and probes hang and were left behind; any thread. */
  public int threadsLeftBehind() {
    return probes.leftBehind() + javaPlugins.leftBehind();
  }
}
