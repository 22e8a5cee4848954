package io.loda.agent.cli.check;

import io.loda.agent.assignment.Assignment;
import io.loda.agent.assignment.AssignmentParser;
import io.loda.agent.assignment.GitRef;
import io.loda.agent.assignment.Item;
import io.loda.agent.assignment.ItemList;
import io.loda.agent.assignment.ItemName;
import io.loda.agent.assignment.RejectedItem;
import io.loda.agent.assignment.policy.HostAddresses;
import io.loda.agent.assignment.policy.HostPolicy;
import io.loda.agent.cli.plugintest.TrialFolder;
import io.loda.agent.config.AgentConfig;
import io.loda.agent.poll.NamespaceNames;
import io.loda.agent.registry.HostIdentityReader;
import io.loda.agent.registry.Registries;
import io.loda.agent.registry.Registry;
import io.loda.agent.source.JavaPlugins;
import io.loda.agent.source.MetricSources;
import io.loda.common.files.allowed.LogFiles;
import io.loda.common.lifecycle.SmallVertx;
import io.loda.common.net.HostLookup;
import io.loda.common.telemetry.Counters;
import io.loda.common.telemetry.Discards;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;

/**
 * Checks the items of a registry's folder like the agent, and reports everything that is wrong in
 * each file. It doesn't check an HTTP registry, as a check makes no calls.
 */
final class RegistryCheck {

  private static final long PATIENCE_SECONDS = 30;
  private static final Duration NAMES = Duration.ofSeconds(5);

  private final AgentConfig config;
  private final Consumer<String> out;
  private final Consumer<String> complaints;
  private int problems;

  /**
   * Makes a check.
   *
   * @param out gets lines about what is good, and warnings
   * @param complaints gets lines about what is wrong
   */
  RegistryCheck(AgentConfig config, Consumer<String> out, Consumer<String> complaints) {
    this.config = config;
    this.out = out;
    this.complaints = complaints;
  }

  /** Returns whether all items are good; items that a policy refuses count as good. */
  boolean run() throws InterruptedException {
    if (!config.registry().type().equals("directory")) {
      return true;
    }
    Vertx vertx = SmallVertx.create();
    Registry registry = Registries.create(vertx, config.registry());
    HostAddresses addresses = new HostAddresses(vertx, HostLookup.ofSystem(vertx), NAMES);
    try (TrialFolder state = new TrialFolder()) {
      // leave out the jars of plugins.java-dir: a check must not run their code
      JavaPlugins builtin = JavaPlugins.load(state.path().resolve("none")).reading(logs());
      Namespaces namespaces =
          new Namespaces(registry, new HostPolicy(config, new Counters()), addresses, builtin);
      MetricSources sources = sources(vertx, state.path(), builtin);
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

  private LogFiles logs() {
    return new LogFiles(
        config.http().logRoots(), config.host().hostRoot(), unused -> Optional.empty());
  }

  private MetricSources sources(Vertx vertx, Path state, JavaPlugins builtin) {
    return new MetricSources(
        vertx,
        builtin,
        config.host().withDataDir(state),
        config.plugins().maxSeries(),
        new Discards(new Counters(), System::nanoTime));
  }

  private void complain(String problem) {
    problems++;
    complaints.accept(problem);
  }

  private static String text(Exception e) {
    return e instanceof TimeoutException
        ? "registry: timeout after " + PATIENCE_SECONDS + " s"
        : String.valueOf((e.getCause() == null ? e : e.getCause()).getMessage());
  }

  private static <T> T await(Future<T> future)
      throws InterruptedException, ExecutionException, TimeoutException {
    return future.toCompletionStage().toCompletableFuture().get(PATIENCE_SECONDS, TimeUnit.SECONDS);
  }

  /** Checks the namespaces of a folder, one after the other. */
  private final class Namespaces {

    private final Registry registry;
    private final HostPolicy policy;
    private final HostAddresses addresses;
    private final ItemCheck items;
    private final AssignmentParser parser = new AssignmentParser(config.plugins().minInterval());

    Namespaces(Registry registry, HostPolicy policy, HostAddresses addresses, JavaPlugins builtin) {
      this.items = new ItemCheck(config, builtin);
      this.registry = registry;
      this.policy = policy;
      this.addresses = addresses;
    }

    void check(String namespace, MetricSources sources) throws InterruptedException {
      if (!NamespaceNames.isName(namespace)) {
        String where = ItemPlaces.file(config.registry().directory(), namespace);
        complain(where + ": " + NamespaceNames.problem(List.of(namespace)));
        return;
      }
      try {
        check(namespace, await(registry.items(namespace)), sources);
      } catch (ExecutionException | TimeoutException | IllegalArgumentException e) {
        complain(e.getCause() == null ? namespace + ": " + e.getMessage() : text(e));
      }
    }

    private void check(String namespace, ItemList list, MetricSources sources)
        throws InterruptedException, ExecutionException, TimeoutException {
      List<Item> all = new ArrayList<>();
      list.forEach(all::add);
      ItemPlaces places = ItemPlaces.of(config.registry().directory(), namespace, all);
      AssignmentParser.Parsed parsed = parser.parse(namespace, list, () -> null, bytes -> {});
      for (RejectedItem item : parsed.rejected()) {
        complain(namespace + ": " + item.name() + ": " + item.reason() + places.of(item.name()));
      }
      for (Item item : all) {
        warn(namespace, item, places);
      }
      policy.found(await(addresses.find(policy.placesToFind(List.of(parsed)))));
      AssignmentParser.Parsed kept =
          policy.filter(namespace, new AssignmentParser.Parsed(parsed.assignments(), List.of()));
      for (RejectedItem item : kept.rejected()) {
        out.accept(namespace + ": " + item.name() + " would be left out: " + item.reason());
      }
      for (Assignment assignment : kept.assignments()) {
        problem(assignment, sources)
            .ifPresent(
                problem ->
                    complain(
                        namespace
                            + ": "
                            + name(assignment)
                            + ": "
                            + problem
                            + places.of(name(assignment))));
      }
    }

    private void warn(String namespace, Item item, ItemPlaces places) {
      List<String> warnings = new ArrayList<>();
      long raised = items.raisedSeconds(item);
      if (raised > 0) {
        warnings.add(
            "interval: "
                + raised
                + " s are raised to plugins.min-interval, "
                + config.plugins().minInterval().toSeconds()
                + " s");
      }
      warnings.addAll(AssignmentParser.unknownFields(item));
      for (String warning : warnings) {
        out.accept(
            "warning: "
                + namespace
                + ": "
                + item.shownName()
                + ": "
                + warning
                + places.of(item.shownName()));
      }
    }

    private static String name(Assignment assignment) {
      return assignment instanceof Assignment.Script
          ? ItemName.full(assignment.name())
          : assignment.name();
    }

    private Optional<String> problem(Assignment assignment, MetricSources sources)
        throws InterruptedException, TimeoutException {
      // with an invalid reference the version in force goes on
      if (assignment instanceof Assignment.Script script && !GitRef.isValid(script.ref())) {
        return Optional.of(GitRef.problem(script.ref()));
      }
      Optional<String> problem = items.problem(assignment);
      return problem.isPresent() ? problem : opened(assignment, sources);
    }

    /** Opens the probe, because only its source can check its fields. */
    private static Optional<String> opened(Assignment assignment, MetricSources sources)
        throws InterruptedException, TimeoutException {
      if (assignment instanceof Assignment.NamespaceProbe
          || assignment instanceof Assignment.HostProbe) {
        try {
          await(sources.openStrictly(assignment)).close();
        } catch (ExecutionException e) {
          if (e.getCause() instanceof IllegalArgumentException) {
            return Optional.of(text(e));
          }
        }
      }
      return Optional.empty();
    }
  }
}
