package io.loda.agent.git;

import io.loda.agent.config.AgentConfig;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.WorkerExecutor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * The checkouts of plugin repositories: {@code <dir>/<ns>/<project>} is a link to {@code
 * <dir>/<ns>/.versions/<project>/<commit>}, switched at once, so that a run sees one version whole.
 *
 * <p>Two repositories at a time are fetched. Any thread may call; git works on its own workers.
 */
public final class PluginRepositories {

  private static final int AT_ONCE = 2;
  private static final int VERSIONS_KEPT = 3;
  private static final Duration CLOSE = Duration.ofSeconds(1);

  private final Path dir;
  private final GitClone git;
  private final SshTransportSetup ssh;
  private final WorkerExecutor worker;
  private final Map<Path, Future<?>> last = new ConcurrentHashMap<>();

  public PluginRepositories(Vertx vertx, AgentConfig.Plugins config) {
    this(vertx, config, Path.of(System.getProperty("user.home", "/")));
  }

  /**
   * Repositories with keys and known hosts of their own.
   *
   * @param home in which {@code .ssh} is
   */
  PluginRepositories(Vertx vertx, AgentConfig.Plugins config, Path home) {
    this.dir = config.dir();
    this.ssh = new SshTransportSetup(home, config.gitTimeout());
    this.git = new GitClone(config, ssh);
    this.worker =
        vertx.createSharedWorkerExecutor(
            "git", AT_ONCE, config.gitTimeout().multipliedBy(3).toSeconds(), TimeUnit.SECONDS);
  }

  /**
   * The checkout; cloned when there is none, or when it is another repository's.
   *
   * @param address to fetch from
   * @return the folder; fails with what git said
   */
  public Future<Path> checkout(String namespace, String project, String address) {
    Checkout checkout = new Checkout(dir.resolve(namespace), project);
    return oneByOne(
        checkout,
        () -> {
          if (!Files.isDirectory(checkout.link()) || !Origin.mayBe(checkout.origin(), address)) {
            fetch(checkout, address);
          }
          return checkout.link();
        });
  }

  /**
   * Fetches the newest commit and switches to it.
   *
   * @return the commit
   */
  public Future<String> update(String namespace, String project, String address) {
    Checkout checkout = new Checkout(dir.resolve(namespace), project);
    return oneByOne(checkout, () -> fetch(checkout, address));
  }

  /** Doesn't wait for a server. */
  public Future<Void> close() {
    return worker
        .executeBlocking(
            () -> {
              ssh.close();
              return null;
            },
            false)
        .timeout(CLOSE.toMillis(), TimeUnit.MILLISECONDS)
        .transform(unused -> worker.close());
  }

  /** Two at work on the same folders would destroy each other's. */
  private <T> Future<T> oneByOne(Checkout checkout, Callable<T> work) {
    Promise<T> promise = Promise.promise();
    Future<T> done = promise.future();
    Future<?> before = last.put(checkout.link(), done);
    done.onComplete(unused -> last.remove(checkout.link(), done));
    (before == null ? Future.succeededFuture() : before)
        .transform(unused -> worker.executeBlocking(work, false))
        .onComplete(promise);
    return done;
  }

  /** Where a project is. */
  private record Checkout(Path folder, String project) {

    Path link() {
      return folder.resolve(project);
    }

    Path versions() {
      return folder.resolve(".versions").resolve(project);
    }

    Path origin() {
      return folder.resolve(".versions").resolve(project + ".origin");
    }
  }

  private String fetch(Checkout checkout, String address) throws IOException {
    try {
      GitClone.Head head = git.head(address);
      Path version = checkout.versions().resolve(head.commit());
      if (!Files.isDirectory(version)) {
        version = cloned(checkout, address, head);
      }
      switchTo(checkout, version);
      Origin.write(checkout.origin(), address);
      removeOld(checkout.versions(), version);
      return version.getFileName().toString();
    } catch (IOException e) {
      // without its cause, which repeats the address as it is
      throw new IOException(Addresses.withoutSecrets("git " + address + " " + e.getMessage()));
    }
  }

  private Path cloned(Checkout checkout, String address, GitClone.Head head) throws IOException {
    Path unfinished = checkout.versions().resolve(".unfinished");
    Files.createDirectories(checkout.versions());
    // left by an agent that was killed while it fetched
    Folders.delete(unfinished);
    String commit = git.clone(address, head, unfinished);
    Path version = checkout.versions().resolve(commit);
    if (Files.isDirectory(version)) {
      Folders.delete(unfinished);
    } else {
      Files.move(unfinished, version, StandardCopyOption.ATOMIC_MOVE);
    }
    return version;
  }

  private static void switchTo(Checkout checkout, Path version) throws IOException {
    Path link = checkout.link();
    Path next = checkout.folder().resolve("." + checkout.project() + ".next");
    Files.deleteIfExists(next);
    Files.createSymbolicLink(next, checkout.folder().relativize(version));
    if (Files.isDirectory(link, LinkOption.NOFOLLOW_LINKS)) {
      // a checkout of the older agent's: it stays as a version, to be removed as the oldest
      Path before = checkout.versions().resolve("before");
      Folders.delete(before);
      Files.setLastModifiedTime(link, FileTime.fromMillis(0));
      Files.move(link, before, StandardCopyOption.ATOMIC_MOVE);
    }
    Files.move(next, link, StandardCopyOption.ATOMIC_MOVE);
  }

  private static void removeOld(Path versions, Path current) throws IOException {
    List<Path> others;
    try (Stream<Path> all = Files.list(versions)) {
      others =
          all.filter(version -> !version.equals(current))
              .sorted(Comparator.comparing((Path version) -> version.toFile().lastModified()))
              .toList();
    }
    for (int i = 0; i <= others.size() - VERSIONS_KEPT; i++) {
      Folders.delete(others.get(i));
    }
  }
}
