package io.loda.agent.git;

import io.loda.agent.assignment.GitAddress;
import io.loda.agent.assignment.GitRef;
import io.loda.agent.config.AgentConfig;
import io.loda.agent.git.exchange.GitSettings;
import io.loda.agent.git.fetch.FetchClasses;
import io.loda.agent.git.fetch.FetchProcess;
import io.loda.agent.git.fetch.FetchTurns;
import io.loda.agent.git.fetch.FetchUser;
import io.loda.agent.git.fetch.Fetcher;
import io.loda.agent.git.fetch.Workplaces;
import io.loda.common.files.LocalRoots;
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
import java.util.function.Predicate;
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
  private volatile Predicate<String> refs = ref -> true;
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
    this.trials = new Trials(signed, ref -> refs.test(ref));
    this.versions = new Versions(settings, this.git, signed, trials, roots, ref -> refs.test(ref));
    this.worker =
        vertx.createSharedWorkerExecutor(
            "git",
            FetchTurns.AT_ONCE,
            config.gitTimeout().multipliedBy(3).toSeconds(),
            TimeUnit.SECONDS);
    this.files = vertx.createSharedWorkerExecutor("checkouts", 1, 1, TimeUnit.MINUTES);
  }

  /**
   * Before it is used: a version that is there, and isn't the one that is asked for, runs on only
   * where the reference by which it came is still allowed.
   *
   * @param allowed is asked from any thread; the empty reference is the configured branch
   */
  public PluginRepositories allowingRefs(Predicate<String> allowed) {
    refs = allowed;
    return this;
  }

  /**
   * The checkout. What is there of this repository comes at once, whatever reference is asked for
   * and whatever is being fetched; cloned when there is nothing.
   *
   * @param address to fetch from
   * @param ref a branch, tag or commit; empty: the configured branch
   * @return fails with what git said; with {@link IllegalArgumentException} where nothing is there
   *     and it can be no reference
   */
  public Future<PluginCheckout> checkout(
      String namespace, String project, String address, String ref) {
    Checkout checkout = checkout(namespace, project);
    return onFiles(
            () -> {
              removed.isAssigned(new RemovedPlugins.Plugin(namespace, project));
              return versions.look(checkout, address, ref);
            })
        .compose(
            there ->
                there == Versions.There.NOTHING
                    ? bring(checkout, address, ref)
                    : Future.succeededFuture(there))
        .map(there -> new PluginCheckout(checkout.link(), there == Versions.There.AS_ASKED));
  }

  /** What is there may run after all, once its signature was looked at; else it is fetched. */
  private Future<Versions.There> bring(Checkout checkout, String address, String ref) {
    return oneByOne(
        checkout,
        () ->
            lookAtSignature(checkout)
                .compose(unused -> onFiles(() -> versions.look(checkout, address, ref)))
                .compose(
                    there ->
                        there == Versions.There.NOTHING
                            ? fetch(checkout, address, ref).map(Versions.There.AS_ASKED)
                            : Future.succeededFuture(there)));
  }

  private Future<Boolean> lookAtSignature(Checkout checkout) {
    return settings.signedOnly()
        ? onServer(NO_SERVER, () -> signed.isToBeLookedAt(checkout) && versions.isSigned(checkout))
        : Future.succeededFuture(false);
  }

  /**
   * Fetches the newest commit and switches to it. What is in force stays so until then, and where
   * it fails: with a {@link TakenBackException} where the newest is one that was taken back.
   */
  public Future<PluginUpdate> update(String namespace, String project, String address, String ref) {
    Checkout checkout = checkout(namespace, project);
    return oneByOne(checkout, () -> fetch(checkout, address, ref));
  }

  /** The server is waited for by one thread, and the switch is made by the one that looks. */
  private Future<PluginUpdate> fetch(Checkout checkout, String address, String ref) {
    GitRef.check(ref);
    return onServer(GitAddress.server(address), () -> versions.fetch(checkout, address, ref))
        .compose(
            commit -> onFiles(() -> versions.switchTo(checkout, address, new Came(commit, ref))));
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
    return onFiles(() -> trials.settle(checkout))
        .otherwise(
            e -> {
              LOG.warn(
                  "plugin {}|{}: its state can't be kept: {}", namespace, project, e.toString());
              return false;
            });
  }

  /**
   * Whether the version in force may still run, where the keyring or the references that are
   * allowed may have changed. Any thread; costs little where they didn't.
   *
   * @return fails when it can't be looked at
   */
  public Future<Boolean> mayRun(String namespace, String project) {
    Checkout checkout = checkout(namespace, project);
    return onFiles(
            () ->
                !versions.cameAsAllowed(checkout)
                    ? May.NOT
                    : signed.isToBeLookedAt(checkout) ? May.BE_LOOKED_AT : May.RUN)
        .compose(
            may ->
                may == May.BE_LOOKED_AT
                    ? oneByOne(
                        checkout, () -> onServer(NO_SERVER, () -> versions.isSigned(checkout)))
                    : Future.succeededFuture(may == May.RUN));
  }

  private enum May {
    RUN,
    NOT,
    BE_LOOKED_AT
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
    return onFiles(() -> removed.due(assigned, now))
        .compose(
            due -> {
              Set<String> deleted = ConcurrentHashMap.newKeySet();
              List<Future<?>> deletions = new ArrayList<>();
              for (RemovedPlugins.Plugin plugin : due) {
                Checkout checkout = checkout(plugin.namespace(), plugin.project());
                deletions.add(
                    oneByOne(
                        checkout,
                        () ->
                            onFiles(
                                () -> {
                                  // it may have been assigned meanwhile
                                  if (removed.isMarked(plugin)) {
                                    versions.forget(checkout);
                                    removed.delete(plugin);
                                    deleted.add(plugin.key());
                                  }
                                  return plugin;
                                })));
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

  public static Workplaces workplaces(AgentConfig.Plugins config, FetchUser.Source users) {
    return new Workplaces(config.dir().resolve(".fetch"), users);
  }

  /** One thread for all: what looks never meets what switches. */
  private <T> Future<T> onFiles(Callable<T> work) {
    return files.executeBlocking(work, false);
  }

  private <T> Future<T> onServer(String server, Callable<T> work) {
    return turns.take(server, () -> worker.executeBlocking(work, false));
  }

  /** Two that fetch into the same folders would destroy each other's. */
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
