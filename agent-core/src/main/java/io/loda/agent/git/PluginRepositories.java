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
import io.loda.common.files.FileReason;
import io.loda.common.files.allowed.LocalRoots;
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
 * The checkouts of plugin repositories. {@code <dir>/<ns>/<project>} is a link to {@code
 * <dir>/<ns>/.versions/<project>/<commit>}, which is switched atomically, so that a run sees only
 * one version.
 *
 * <p>Two repositories at a time are fetched, each in its own process; see {@link FetchTurns}. Any
 * thread may call; blocking work runs on its own workers.
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

  /** Separate from the workers that wait for a server. */
  private final WorkerExecutor files;

  private final FetchTurns turns = new FetchTurns();
  private final Map<Path, Future<?>> last = new ConcurrentHashMap<>();

  private final SignedVersions signed;
  private final Rollouts rollouts;
  private final Versions versions;
  private volatile Predicate<String> refs = ref -> true;
  private @Nullable Future<Void> closed;

  /**
   * Creates the repositories of an agent.
   *
   * @param users the users of the child processes
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

  /** Creates repositories with another fetcher; for tests. */
  PluginRepositories(
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
    this.rollouts = new Rollouts(signed, ref -> refs.test(ref));
    this.versions =
        new Versions(settings, this.git, signed, rollouts, roots, ref -> refs.test(ref));
    this.worker =
        vertx.createSharedWorkerExecutor(
            "git",
            FetchTurns.AT_ONCE,
            config.gitTimeout().multipliedBy(3).toSeconds(),
            TimeUnit.SECONDS);
    this.files = vertx.createSharedWorkerExecutor("checkouts", 1, 1, TimeUnit.MINUTES);
  }

  /**
   * Sets which references are allowed; call before use. A version of another reference than the
   * requested one runs on only while its own reference is allowed.
   *
   * @param allowed called on any thread; the empty reference is the configured branch
   */
  public PluginRepositories allowingRefs(Predicate<String> allowed) {
    refs = allowed;
    return this;
  }

  /**
   * Returns the checkout. A version of this repository that is on disk is returned without a fetch,
   * whatever its reference; otherwise the repository is cloned.
   *
   * @param address to fetch from
   * @param ref a branch, tag or commit; empty: the configured branch
   * @return fails with git's message; with {@link IllegalArgumentException} if there is no version
   *     and the reference is invalid
   */
  public Future<PluginCheckout> checkout(
      String namespace, String project, String address, String ref) {
    Checkout checkout = checkout(namespace, project);
    return onFiles(
            () -> {
              removed.isAssigned(new RemovedPlugins.PluginKey(namespace, project));
              return versions.look(checkout, address, ref);
            })
        .compose(
            there ->
                there == Versions.There.NOTHING
                    ? bring(checkout, address, ref)
                    : Future.succeededFuture(there))
        .map(there -> new PluginCheckout(checkout.link(), there == Versions.There.AS_ASKED));
  }

  /** Verifies the signature of the version on disk; fetches if that version may not run. */
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
   * Fetches the newest commit and switches to it. Until then, and if that fails, the version in
   * force remains. Fails with a {@link RolledBackException} if the newest commit was rolled back
   * before.
   */
  public Future<PluginUpdate> update(String namespace, String project, String address, String ref) {
    Checkout checkout = checkout(namespace, project);
    return oneByOne(checkout, () -> fetch(checkout, address, ref));
  }

  /** Fetches on a thread that may wait for servers, and switches on the thread for files. */
  private Future<PluginUpdate> fetch(Checkout checkout, String address, String ref) {
    GitRef.check(ref);
    return onServer(GitAddress.server(address), () -> versions.fetch(checkout, address, ref))
        .compose(
            commit ->
                onFiles(
                    () -> versions.switchTo(checkout, address, new FetchedCommit(commit, ref))));
  }

  /**
   * Notes the begin of a run: its version is kept until another run begins. Any thread; doesn't
   * block.
   *
   * @param commit the version that runs: the name of its folder
   */
  public void begins(String namespace, String project, String commit) {
    versions.begins(checkout(namespace, project), commit);
  }

  /**
   * Notes the end of a scheduled run. A new version that fails three times in a row is rolled back
   * if the one before was good. Any thread; doesn't block.
   *
   * @param commit the version that ran: the name of its folder
   * @return whether it was rolled back; never fails
   */
  public Future<Boolean> ran(String namespace, String project, String commit, boolean ok) {
    Checkout checkout = checkout(namespace, project);
    if (!rollouts.ran(checkout, commit, ok)) {
      return Future.succeededFuture(false);
    }
    return onFiles(() -> rollouts.settle(checkout))
        .otherwise(
            e -> {
              LOG.warn(
                  "plugin {}|{}: write of its version's state failed: {}",
                  namespace,
                  project,
                  FileReason.of(e));
              return false;
            });
  }

  /**
   * Returns whether the version in force may still run, as the keyring or the allowed references
   * may have changed. Any thread; cheap if they haven't.
   *
   * @return fails if that can't be checked
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

  /** Returns the version that runs; any thread, doesn't block. */
  public PluginVersion version(String namespace, String project) {
    return rollouts.version(checkout(namespace, project));
  }

  /**
   * Deletes the files of plugins that haven't been assigned for seven days. Call it periodically:
   * the time counts from the first call that finds a plugin unassigned.
   *
   * @param assigned keys, {@code ns|project}
   * @return the keys of the deleted plugins
   */
  public Future<Set<String>> removeUnassigned(Set<String> assigned, Instant now) {
    return onFiles(() -> removed.due(assigned, now))
        .compose(
            due -> {
              Set<String> deleted = ConcurrentHashMap.newKeySet();
              List<Future<?>> deletions = new ArrayList<>();
              for (RemovedPlugins.PluginKey plugin : due) {
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

  /** Ends all fetches without waiting for a server. Idempotent. */
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

  /** Runs a task on the only thread for files, so that no task sees half a switch. */
  private <T> Future<T> onFiles(Callable<T> work) {
    return files.executeBlocking(work, false);
  }

  private <T> Future<T> onServer(String server, Callable<T> work) {
    return turns.take(server, () -> worker.executeBlocking(work, false));
  }

  /** Runs one task at a time for a checkout: two fetches would overwrite each other's files. */
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
