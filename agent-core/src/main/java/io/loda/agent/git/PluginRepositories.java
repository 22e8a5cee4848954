package io.loda.agent.git;

import io.loda.agent.config.AgentConfig;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.WorkerExecutor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Comparator;
import java.util.List;
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

  private final Path dir;
  private final GitClone git;
  private final SshTransportSetup ssh;
  private final WorkerExecutor worker;

  public PluginRepositories(Vertx vertx, AgentConfig.Plugins config) {
    this.dir = config.dir();
    this.ssh = new SshTransportSetup(Path.of(System.getProperty("user.home", "/")));
    this.git = new GitClone(config, ssh);
    this.worker =
        vertx.createSharedWorkerExecutor(
            "git", AT_ONCE, config.gitTimeout().multipliedBy(3).toSeconds(), TimeUnit.SECONDS);
  }

  /**
   * The checkout; cloned when there is none.
   *
   * @param address to fetch from
   * @return the folder; fails with what git said
   */
  public Future<Path> checkout(String namespace, String project, String address) {
    Checkout checkout = new Checkout(dir.resolve(namespace), project);
    return worker.executeBlocking(
        () -> {
          if (!Files.isDirectory(checkout.link())) {
            fetch(checkout, address);
          }
          return checkout.link();
        },
        false);
  }

  /**
   * Fetches the newest commit and switches to it. Not to be called while the same project's {@link
   * #checkout} goes on.
   *
   * @return the commit
   */
  public Future<String> update(String namespace, String project, String address) {
    Checkout checkout = new Checkout(dir.resolve(namespace), project);
    return worker.executeBlocking(() -> fetch(checkout, address), false);
  }

  public Future<Void> close() {
    return worker.close().onComplete(unused -> ssh.close());
  }

  /** Where a project is. */
  private record Checkout(Path folder, String project) {

    Path link() {
      return folder.resolve(project);
    }

    Path versions() {
      return folder.resolve(".versions").resolve(project);
    }
  }

  private String fetch(Checkout checkout, String address) throws IOException {
    try {
      GitClone.Head head = git.head(address);
      Path version = checkout.versions().resolve(head.commit());
      if (!Files.isDirectory(version)) {
        Files.createDirectories(checkout.versions());
        Path unfinished = checkout.versions().resolve(".unfinished");
        // left by an agent that was killed while it fetched
        Folders.delete(unfinished);
        git.clone(address, head, unfinished);
        Files.move(unfinished, version, StandardCopyOption.ATOMIC_MOVE);
      }
      switchTo(checkout, version);
      removeOld(checkout.versions(), version);
      return head.commit();
    } catch (IOException e) {
      throw new IOException("git " + Addresses.withoutSecrets(address) + " " + e.getMessage(), e);
    }
  }

  private static void switchTo(Checkout checkout, Path version) throws IOException {
    Path link = checkout.link();
    if (Files.isDirectory(link, LinkOption.NOFOLLOW_LINKS)) {
      // a checkout of the older agent's: it stays as a version, to be removed as the oldest
      Files.move(link, checkout.versions().resolve("before"), StandardCopyOption.REPLACE_EXISTING);
    }
    Path next = checkout.folder().resolve("." + checkout.project() + ".next");
    Files.deleteIfExists(next);
    Files.createSymbolicLink(next, checkout.folder().relativize(version));
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
