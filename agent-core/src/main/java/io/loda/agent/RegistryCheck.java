package io.loda.agent;

import io.loda.agent.assignment.Assignment;
import io.loda.agent.assignment.AssignmentParser;
import io.loda.agent.assignment.GitRef;
import io.loda.agent.assignment.HostAddresses;
import io.loda.agent.assignment.HostPolicy;
import io.loda.agent.assignment.RejectedItem;
import io.loda.agent.config.AgentConfig;
import io.loda.agent.files.LogFiles;
import io.loda.agent.net.HostLookup;
import io.loda.agent.registry.HostIdentityReader;
import io.loda.agent.registry.Registries;
import io.loda.agent.registry.Registry;
import io.loda.agent.source.JavaPlugins;
import io.loda.agent.source.MetricSource;
import io.loda.agent.source.MetricSources;
import io.loda.agent.telemetry.Counters;
import io.loda.agent.telemetry.Discards;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;

/**
 * Looks at a folder's items as the agent would: every file, and all that is wrong in it. An HTTP
 * registry answers for the host that asks, and a check asks nobody.
 */
final class RegistryCheck {

  private static final long PATIENCE_SECONDS = 30;
  private static final Duration NAMES = Duration.ofSeconds(5);

  private final AgentConfig config;
  private final Consumer<String> out;
  private final Consumer<String> complaints;
  private int problems;

  /**
   * A check.
   *
   * @param out takes a line about what is good, or only perhaps wrong
   * @param complaints takes a line about what is wrong
   */
  RegistryCheck(AgentConfig config, Consumer<String> out, Consumer<String> complaints) {
    this.config = config;
    this.out = out;
    this.complaints = complaints;
  }

  /** Whether all of it is good; what a policy leaves out is. */
  boolean run() throws InterruptedException {
    if (!config.registry().type().equals("directory")) {
      return true;
    }
    Vertx vertx = StartCommand.vertx();
    Registry registry = Registries.create(vertx, config.registry());
    HostAddresses addresses = new HostAddresses(vertx, HostLookup.ofSystem(vertx), NAMES);
    try (TrialFolder state = new TrialFolder()) {
      Namespaces namespaces =
          new Namespaces(registry, new HostPolicy(config, new Counters()), addresses);
      MetricSources sources = sources(vertx, state.path());
      for (String namespace :
          await(registry.namespaces(new HostIdentityReader(config.host()).read())).keySet()) {
        namespaces.check(namespace, sources);
      }
      sources.close();
    } catch (ExecutionException | TimeoutException | IOException e) {
      complain(text(e));
    } finally {
      addresses.close();
      registry.close();
      vertx.close();
    }
    return problems == 0;
  }

  private MetricSources sources(Vertx vertx, Path state) {
    LogFiles logs =
        new LogFiles(
            config.http().logRoots(), config.host().hostRoot(), unused -> Optional.empty());
    // not those of plugins.java-dir, whose code no check should run
    return new MetricSources(
        vertx,
        JavaPlugins.load(state.resolve("none")).reading(logs),
        config.host().withDataDir(state),
        config.plugins().maxSeries(),
        new Discards(new Counters(), System::nanoTime));
  }

  private void complain(String problem) {
    problems++;
    complaints.accept(problem);
  }

  private static String text(Exception e) {
    return String.valueOf((e.getCause() == null ? e : e.getCause()).getMessage());
  }

  private static <T> T await(Future<T> future)
      throws InterruptedException, ExecutionException, TimeoutException {
    return future.toCompletionStage().toCompletableFuture().get(PATIENCE_SECONDS, TimeUnit.SECONDS);
  }

  /** The namespaces of a folder, one after the other. */
  private final class Namespaces {

    private final Registry registry;
    private final HostPolicy policy;
    private final HostAddresses addresses;
    private final AssignmentParser parser = new AssignmentParser(config.plugins().minInterval());

    Namespaces(Registry registry, HostPolicy policy, HostAddresses addresses) {
      this.registry = registry;
      this.policy = policy;
      this.addresses = addresses;
    }

    void check(String namespace, MetricSources sources) throws InterruptedException {
      try {
        String items = await(registry.items(namespace)).toString();
        AssignmentParser.Parsed parsed = parser.parse(namespace, items);
        for (RejectedItem item : parsed.rejected()) {
          complain(namespace + ": " + item.name() + ": " + item.reason());
        }
        for (Assignment assignment : parsed.assignments()) {
          // an agent goes on with what it has of such a plugin
          if (assignment instanceof Assignment.Script script && !GitRef.isValid(script.ref())) {
            complain(namespace + ": PLUGIN." + script.name() + ": " + GitRef.problem(script.ref()));
          }
        }
        for (String unknown : parser.unknownFields(items)) {
          out.accept("warning: " + namespace + ": " + unknown);
        }
        policy.found(await(addresses.find(policy.placesToFind(List.of(parsed)))));
        AssignmentParser.Parsed kept =
            policy.filter(namespace, new AssignmentParser.Parsed(parsed.assignments(), List.of()));
        for (RejectedItem item : kept.rejected()) {
          out.accept(namespace + ": " + item.name() + " would be left out: " + item.reason());
        }
        for (Assignment assignment : kept.assignments()) {
          open(namespace, assignment, sources);
        }
      } catch (ExecutionException | TimeoutException | IllegalArgumentException e) {
        complain(e.getCause() == null ? namespace + ": " + e.getMessage() : text(e));
      }
    }

    /** What can be known of a probe's fields only by who measures with them. */
    private void open(String namespace, Assignment assignment, MetricSources sources)
        throws InterruptedException, TimeoutException {
      if (!(assignment instanceof Assignment.Probe)
          && !(assignment instanceof Assignment.HostProbe)) {
        return;
      }
      try {
        MetricSource source = await(sources.openStrictly(assignment));
        source.close();
      } catch (ExecutionException e) {
        if (e.getCause() instanceof IllegalArgumentException) {
          complain(namespace + ": " + assignment.key() + ": " + text(e));
        }
      }
    }
  }
}
