package io.loda.agent.http;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.awaitility.Awaitility.await;

import io.loda.agent.assignment.policy.HostPolicy;
import io.loda.agent.config.AgentConfig;
import io.loda.agent.config.ConfigLoader;
import io.loda.agent.delivery.DeliveryBuffer;
import io.loda.agent.delivery.spool.QueuedMessage;
import io.loda.agent.git.Repositories;
import io.loda.agent.output.OutputStatus;
import io.loda.agent.pipeline.Pipeline;
import io.loda.agent.plugin.Metric;
import io.loda.agent.plugins.SourceOpener;
import io.loda.agent.point.Message;
import io.loda.agent.poll.AssignmentPoller;
import io.loda.agent.registry.CurrentHost;
import io.loda.agent.registry.HostIdentity;
import io.loda.agent.registry.Registries;
import io.loda.agent.registry.Registry;
import io.loda.agent.schedule.Scheduler;
import io.loda.agent.source.JavaPlugins;
import io.loda.agent.source.MetricSources;
import io.loda.agent.source.script.run.ScriptRunner;
import io.loda.agent.source.script.user.PluginUser;
import io.loda.agent.source.script.user.PluginUsers;
import io.loda.common.config.ConfigException;
import io.loda.common.config.HostPort;
import io.loda.common.files.allowed.LogFiles;
import io.loda.common.http.HttpMemory;
import io.loda.common.telemetry.Counters;
import io.loda.common.telemetry.Discards;
import io.loda.common.telemetry.MemoryBudget;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.WorkerExecutor;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A listening HTTP server with all that stands behind it: directory registry, scheduler, pipeline,
 * and a buffer that nobody empties but the test. Everything it keeps is in one folder, so that a
 * second one on the same folder is the first after a restart.
 */
final class ServerFixture implements AutoCloseable {

  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private final Vertx vertx = Vertx.vertx();
  private final HttpClient client = HttpClient.newHttpClient();
  private final Counters counters = new Counters();
  private final MemoryBudget budget = new MemoryBudget(96 << 20);
  private final HttpMemory memory =
      new HttpMemory(
          budget,
          budget.share("bodies in flight", 24 << 20),
          budget.share("answers in flight", 4 << 20));
  private final DeliveryBuffer buffer;
  private final Pipeline pipeline;
  private final Scheduler scheduler;
  private final HttpApi server;

  private ServerFixture(Path folder, Map<String, String> flags, Duration idle)
      throws ConfigException {
    Map<String, String> keys = new TreeMap<>();
    keys.put("agent.hostname", "host-1");
    keys.put("agent.default-types", "");
    keys.put("agent.data-dir", folder.resolve("data").toString());
    keys.put("http.listen", "127.0.0.1:0");
    keys.put("delivery.durability", "memory");
    keys.put("registry.directory.path", folder.resolve("registry").toString());
    keys.put("plugins.java-dir", folder.resolve("java").toString());
    keys.putAll(flags);
    AgentConfig config = new ConfigLoader(folder, Map.of(), false).load(null, keys);
    Discards discards = new Discards(counters, System::nanoTime);
    CurrentHost host =
        new CurrentHost(new HostIdentity(keys.get("agent.hostname"), List.of("192.0.2.1"), ""));
    buffer = buffer(config, discards);
    waitFor(buffer.start(() -> {}));
    pipeline =
        new Pipeline(
            List.of(new Pipeline.Target(config.outputs().values().iterator().next(), buffer)),
            host::hostname,
            Clock.systemUTC(),
            counters,
            discards);
    // whoever runs the test, plugins run as the same
    PluginUser user = new PluginUser("test", 1, List.of(), "/", false);
    HostPolicy policy = new HostPolicy(config, counters);
    scheduler =
        new Scheduler(
            config.plugins(),
            policy,
            new SourceOpener(
                config,
                new MetricSources(
                    vertx,
                    JavaPlugins.load(config.plugins().javaDir()),
                    config.host(),
                    config.plugins().maxSeries(),
                    discards),
                new ScriptRunner(
                    vertx,
                    config.plugins(),
                    PluginUsers.one(user),
                    policy::maxTimeout,
                    new Counters()),
                Repositories.inProcess(vertx, config.plugins()),
                discards),
            pipeline,
            host::hostname,
            Clock.systemUTC());
    Registry registry = Registries.create(vertx, config.registry());
    AssignmentPoller poller = new AssignmentPoller(config, registry, scheduler, host, policy);
    server =
        new HttpApi(
            config,
            scheduler,
            poller,
            pipeline,
            host::hostname,
            () ->
                List.of(
                    new OutputStatus(
                        "test",
                        "stdout",
                        buffer.waitingPoints(),
                        buffer.waitingBytes(),
                        0,
                        0,
                        0,
                        0,
                        "",
                        "")),
            counters,
            memory,
            new LogFiles(config.http().logRoots(), Path.of("/"), policy::refusesLogFile),
            idle);
    waitFor(vertx.deployVerticle(scheduler));
    waitFor(vertx.deployVerticle(server));
    waitFor(vertx.deployVerticle(poller));
    waitFor(poller.update().otherwiseEmpty());
    await()
        .atMost(PATIENCE)
        .until(
            () ->
                waitFor(scheduler.jobs()).stream()
                    .allMatch(job -> !job.state().equals("opening") || !job.problem().isEmpty()));
  }

  /** In memory, where no durability was asked for. */
  private DeliveryBuffer buffer(AgentConfig config, Discards discards) {
    if (config.delivery().durability().equals("memory")) {
      return new DeliveryBuffer(
          "test", config.delivery(), () -> 1 << 20, discards, System::nanoTime);
    }
    WorkerExecutor worker = vertx.createSharedWorkerExecutor("spool", 1);
    return DeliveryBuffer.of(
        "test",
        config.delivery(),
        () -> 1 << 20,
        config.host().dataDir(),
        task ->
            worker.executeBlocking(
                () -> {
                  task.run();
                  return null;
                },
                false),
        discards,
        Clock.systemUTC(),
        System::nanoTime,
        true);
  }

  /** A started one, all of whose plugins are ready or have failed. */
  static ServerFixture start(TestFolder folder, String... flags) throws ConfigException {
    return start(Duration.ofSeconds(60), folder, flags);
  }

  static ServerFixture start(Duration idle, TestFolder folder, String... flags)
      throws ConfigException {
    Map<String, String> keys = new TreeMap<>();
    for (int i = 0; i < flags.length; i += 2) {
      keys.put(flags[i], flags[i + 1]);
    }
    return new ServerFixture(folder.path(), keys, idle);
  }

  HostPort address() {
    return server.address();
  }

  HttpMemory memory() {
    return memory;
  }

  Counters counters() {
    return counters;
  }

  HttpRequest.Builder request(String pathAndQuery) {
    return HttpRequest.newBuilder(URI.create("http://" + server.address() + pathAndQuery))
        .timeout(PATIENCE);
  }

  HttpResponse<String> get(String pathAndQuery) {
    return send(request(pathAndQuery));
  }

  HttpResponse<String> getJson(String pathAndQuery) {
    return send(request(pathAndQuery).header("Accept", "application/json"));
  }

  HttpResponse<String> post(String pathAndQuery, String body) {
    return send(request(pathAndQuery).POST(HttpRequest.BodyPublishers.ofString(body)));
  }

  HttpResponse<String> send(HttpRequest.Builder request) {
    try {
      return client.send(request.build(), HttpResponse.BodyHandlers.ofString());
    } catch (IOException e) {
      throw new AssertionError("no answer", e);
    } catch (InterruptedException e) {
      throw new AssertionError("interrupted", e);
    }
  }

  /** Sends without waiting for the answer. */
  Future<HttpResponse<String>> sendAside(HttpRequest.Builder request) {
    return Future.fromCompletionStage(
        client.sendAsync(request.build(), HttpResponse.BodyHandlers.ofString()));
  }

  /** Gives the outputs what a scheduled run brought. */
  void scheduled(String namespace, List<Metric> metrics) {
    pipeline.accept(namespace, "test", "", metrics);
  }

  /** What the outputs would get, taken out: a line a point, its topic before it. */
  List<String> points() {
    List<String> points = new ArrayList<>();
    buffer.sealDue(true);
    for (QueuedMessage entry = next(); entry != null; entry = next()) {
      Message message = entry.message();
      for (String line : new String(message.body(), UTF_8).split("\n", -1)) {
        if (!line.isEmpty()) {
          points.add(message.topic() + " " + line);
        }
      }
      buffer.done(entry);
    }
    return points;
  }

  /** What waits, also where the disk has to bring it first. */
  private @Nullable QueuedMessage next() {
    QueuedMessage[] next = {buffer.take()};
    if (next[0] == null && buffer.waitingPoints() > 0) {
      await()
          .atMost(PATIENCE)
          .until(
              () -> {
                // one that came meanwhile waits, too
                buffer.sealDue(true);
                next[0] = buffer.take();
                return next[0] != null || buffer.waitingPoints() == 0;
              });
    }
    return next[0];
  }

  /** Whether the plugin's job is in the state. */
  boolean isIn(String state, String key) {
    return waitFor(scheduler.jobs()).stream()
        .anyMatch(job -> job.assignment().key().equals(key) && job.state().equals(state));
  }

  static <T> T waitFor(Future<T> future) {
    return future
        .toCompletionStage()
        .toCompletableFuture()
        .orTimeout(PATIENCE.toSeconds(), TimeUnit.SECONDS)
        .join();
  }

  @Override
  public void close() {
    // or its lock stays, in the way of who gets its file's number next
    waitFor(buffer.close());
    waitFor(vertx.close());
  }
}
