package io.loda.agent;

import io.loda.agent.assignment.AssignmentParser;
import io.loda.agent.assignment.HostAddresses;
import io.loda.agent.assignment.HostPolicy;
import io.loda.agent.assignment.RejectedItem;
import io.loda.agent.config.AgentConfig;
import io.loda.agent.config.Policy;
import io.loda.agent.net.HostLookup;
import io.loda.agent.registry.HostIdentityReader;
import io.loda.agent.registry.Registries;
import io.loda.agent.registry.Registry;
import io.loda.agent.source.script.PluginUser;
import io.loda.agent.telemetry.Counters;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;

/** Says what the host owner's policies do, before an agent is started with them. */
final class PolicyCheck {

  private static final long PATIENCE_SECONDS = 30;
  private static final Duration NAMES = Duration.ofSeconds(5);

  private final AgentConfig config;
  private final Consumer<String> out;

  PolicyCheck(AgentConfig config, Consumer<String> out) {
    this.config = config;
    this.out = out;
  }

  void run(PluginUser user) throws InterruptedException {
    for (Policy policy : config.policies()) {
      out.accept("the policy " + policy.file() + " holds");
      user.weakPlace(policy.file())
          .ifPresent(place -> out.accept("warning: plugins run as a user who can change " + place));
    }
    // an HTTP registry answers for the host that asks, and a check asks nobody
    if (!config.policies().isEmpty() && config.registry().type().equals("directory")) {
      items();
    }
  }

  /** What would be left out of a folder's items. */
  private void items() throws InterruptedException {
    Vertx vertx = StartCommand.vertx();
    Registry registry = Registries.create(vertx, config.registry());
    HostPolicy policy = new HostPolicy(config, new Counters());
    HostAddresses addresses = new HostAddresses(HostLookup.ofSystem(vertx), NAMES);
    AssignmentParser parser = new AssignmentParser(config.plugins().minInterval());
    try {
      for (String namespace :
          wait(registry.namespaces(new HostIdentityReader(config.host()).read())).keySet()) {
        AssignmentParser.Parsed parsed = parser.parse(namespace, wait(registry.items(namespace)));
        policy.found(wait(addresses.find(policy.hostsToFind(List.of(parsed)))));
        for (RejectedItem item : policy.filter(namespace, parsed).rejected()) {
          out.accept(namespace + ": " + item.name() + " would be left out: " + item.reason());
        }
      }
    } catch (ExecutionException | TimeoutException | IllegalArgumentException e) {
      Throwable cause = e.getCause() == null ? e : e.getCause();
      out.accept("warning: the registry's items can't be looked at: " + cause.getMessage());
    } finally {
      addresses.close();
      registry.close();
      vertx.close();
    }
  }

  private static <T> T wait(Future<T> future)
      throws InterruptedException, ExecutionException, TimeoutException {
    return future.toCompletionStage().toCompletableFuture().get(PATIENCE_SECONDS, TimeUnit.SECONDS);
  }
}
