package io.loda.agent.git;

import io.loda.agent.assignment.GitAddress;
import io.loda.agent.config.AgentConfig;
import io.loda.agent.files.LocalRoots;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.WorkerExecutor;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The checkouts of plugin repositories: {@code <dir>/<ns>/<project>} is a link to {@code
 * <dir>/<ns>/.versions/<project>/<commit>}, switched at once, so that a run sees one version whole.
 *
 * <p>Two repositories at a time are fetched, each in a process of its own; see {@link FetchTurns}.
 * Any thread may call; what blocks works on workers of its own.
 */
public final class PluginRepositories {

  private static final Logger LOG = LoggerFactory.getLogger(PluginRepositories.class);
  private static final String NO_SERVER = "";
  private static final Duration CLOSE = Duration.ofSeconds(1);

  private final Path dir;
  private final GitSettings settings;
  private final Fetcher git;
  private final RemovedPlugins removed;
  private final WorkerExecutor worker;

  /** Apart from those that wait for a server. */
  private final WorkerExecutor files;

  private final FetchTurns turns = new FetchTurns();
  private final Map<Path, Future<?>> last = new ConcurrentHashMap<>();

  private final SignedVersions signed;
  private final Trials trials;
  private final Versions versions;
  private @Nullable Future<Void> closed;

  /**
   * Those of an agent.
   *
   * @param users whom what fetches runs as
   */
  public PluginRepositories(Vertx vertx, AgentConfig.Plugins config, FetchUser.Source users) {
    this(
        vertx,
        config,
        Path.of(System.getProperty("user.home", "/")),
        workplaces(config, users),
        places -> new FetchProcess(FetchClasses.ofThisAgent(), places),
        new LocalRoots(config.localRoots()).publicOnlyForRoot());
  }

  /** Repositories that somebody else fetches. */
  PluginRepositories(
      Vertx vertx,
      AgentConfig.Plugins config,
      Path home,
      Workplaces workplaces,
      Function<Workplaces, Fetcher> git) {
    this(vertx, config, home, workplaces, git, new LocalRoots(config.localRoots()));
  }

  private PluginRepositories(
      Vertx vertx,
      AgentConfig.Plugins config,
      Path home,
      Workplaces workplaces,
      Function<Workplaces, Fetcher> git,
      LocalRoots roots) {
    this.dir = config.dir();
    this.settings = GitSettings.of(config, home);
    this.git = git.apply(workplaces);
    this.removed = new RemovedPlugins(dir);
    this.signed = new SignedVersions(settings, workplaces);
    this.trials = new Trials(signed);
    this.versions = new Versions(settings, this.git, signed, trials, roots);
    this.worker =
        vertx.createSharedWorkerExecutor(
            "git",
            FetchTurns.AT_ONCE,
            config.gitTimeout().multipliedBy(3).toSeconds(),
            TimeUnit.SECONDS);
    this.files = vertx.createSharedWorkerExecutor("checkouts", 1, 1, TimeUnit.MINUTES);
  }

  /**
   * The checkout; cloned when there is none, or when it is of another repository or reference.
   *
   * @param address to fetch from
   * @param ref a branch, tag or commit; empty: the configured branch
   * @return the folder; fails with what git said
   */
  public Future<Path> checkout(String namespace, String project, String address, String ref) {
    Checkout checkout = checkout(namespace, project);
    // what is there doesn't wait for the servers of others
    return onFiles(
            checkout,
            () -> {
              removed.isAssigned(new RemovedPlugins.Plugin(namespace, project));
              return versions.isThere(checkout, address, ref);
            })
        .compose(
            there ->
                there
                    ? Future.succeededFuture()
                    : onServer(checkout, address, () -> versions.bring(checkout, address, ref)))
        .map(unused -> checkout.link());
  }

  /**
   * Fetches the newest commit and switches to it; fails where that is one that was taken back.
   *
   * @return the commit
   */
  public Future<String> update(String namespace, String project, String address, String ref) {
    Checkout checkout = checkout(namespace, project);
    return onServer(checkout, address, () -> versions.fetch(checkout, address, ref));
  }

  /**
   * Takes note of a run's begin: its version stays until another run begins. Any thread; comes back
   * at once.
   *
   * @param commit the version that runs: the name of its folder
   */
  public void begins(String namespace, String project, String commit) {
    versions.begins(checkout(namespace, project), commit);
  }

  /**
   * Takes note of a scheduled run's end. A new version that fails three times in a row, where the
   * one before was good, is taken back. Any thread; comes back at once.
   *
   * @param commit the version that ran: the name of its folder
   * @return whether it was taken back because of that; never fails
   */
  public Future<Boolean> ran(String namespace, String project, String commit, boolean ok) {
    Checkout checkout = checkout(namespace, project);
    if (!trials.ran(checkout, commit, ok)) {
      return Future.succeededFuture(false);
    }
    return onFiles(checkout, () -> trials.settle(checkout))
        .otherwise(
            e -> {
              LOG.warn(
                  "plugin {}|{}: its state can't be kept: {}", namespace, project, e.toString());
              return false;
            });
  }

  /**
   * Whether the version in force may still run, where the keyring may have changed. Any thread;
   * costs little where it didn't.
   *
   * @return fails when it can't be looked at
   */
  public Future<Boolean> mayRun(String namespace, String project) {
    Checkout checkout = checkout(namespace, project);
    if (!settings.signedOnly()) {
      return Future.succeededFuture(true);
    }
    return onFiles(checkout, () -> signed.isToBeLookedAt(checkout))
        .compose(
            again ->
                again
                    ? onServer(checkout, NO_SERVER, () -> versions.mayRun(checkout))
                    : Future.succeededFuture(true));
  }

  /** Which version runs; any thread, comes back at once. */
  public PluginVersion version(String namespace, String project) {
    return trials.version(checkout(namespace, project));
  }

  /**
   * Deletes what is left of plugins that have not been assigned for seven days. To be called from
   * time to time: since when it is so, is since when a call found it so.
   *
   * @param assigned keys, {@code ns|project}
   * @return the keys of those that were deleted
   */
  public Future<Set<String>> removeUnassigned(Set<String> assigned, Instant now) {
    return files
        .executeBlocking(() -> removed.due(assigned, now), false)
        .compose(
            due -> {
              Set<String> deleted = ConcurrentHashMap.newKeySet();
              List<Future<?>> deletions = new ArrayList<>();
              for (RemovedPlugins.Plugin plugin : due) {
                Checkout checkout = checkout(plugin.namespace(), plugin.project());
                deletions.add(
                    onFiles(
                        checkout,
                        () -> {
                          // it may have been assigned meanwhile
                          if (removed.isMarked(plugin)) {
                            versions.forget(checkout);
                            removed.delete(plugin);
                            deleted.add(plugin.key());
                          }
                          return plugin;
                        }));
              }
              return Future.join(deletions).map(unused -> Set.copyOf(deleted));
            });
  }

  /** Ends what is fetched; doesn't wait for a server. Idempotent. */
  public synchronized Future<Void> close() {
    if (closed == null) {
      closed = end();
    }
    return closed;
  }

  private Future<Void> end() {
    git.close();
    return files
        .executeBlocking(() -> null, false)
        .timeout(CLOSE.toMillis(), TimeUnit.MILLISECONDS)
        .transform(unused -> worker.close())
        .transform(unused -> files.close());
  }

  static Workplaces workplaces(AgentConfig.Plugins config, FetchUser.Source users) {
    return new Workplaces(config.dir().resolve(".fetch"), users);
  }

  private <T> Future<T> onFiles(Checkout checkout, Callable<T> work) {
    return oneByOne(checkout, () -> files.executeBlocking(work, false));
  }

  private <T> Future<T> onServer(Checkout checkout, String address, Callable<T> work) {
    return oneByOne(
        checkout,
        () -> turns.take(GitAddress.server(address), () -> worker.executeBlocking(work, false)));
  }

  /** Two at work on the same folders would destroy each other's. */
  private <T> Future<T> oneByOne(Checkout checkout, Supplier<Future<T>> work) {
    Promise<T> promise = Promise.promise();
    Future<T> done = promise.future();
    Future<?> before = last.put(checkout.link(), done);
    done.onComplete(unused -> last.remove(checkout.link(), done));
    (before == null ? Future.succeededFuture() : before)
        .transform(unused -> work.get())
        .onComplete(promise);
    return done;
  }

  private Checkout checkout(String namespace, String project) {
    return new Checkout(dir.resolve(namespace), project);
  }
}
