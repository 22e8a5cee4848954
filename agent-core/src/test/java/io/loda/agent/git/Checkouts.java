package io.loda.agent.git;

import io.loda.agent.config.PluginsConfig;
import io.loda.agent.git.child.GitFetch;
import io.loda.agent.git.fetch.FetchProcess;
import io.loda.agent.git.fetch.Fetcher;
import io.loda.agent.source.script.run.ScriptRunner;
import io.loda.common.files.allowed.LocalRoots;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The agent's side in tests: project {@code demo} in namespace {@code ns}. */
public final class Checkouts implements AutoCloseable {

  public final Path dir;
  final Path link;
  public final PluginRepositories repositories;
  final Vertx vertx = Vertx.vertx();
  private final ScriptRunner runner;

  public Checkouts(Path folder) {
    this(folder, new PluginsConfig(folder.resolve("plugins")));
  }

  public Checkouts(Path folder, PluginsConfig config) {
    this(folder, config, null);
  }

  Checkouts(Path folder, PluginsConfig config, @Nullable Fetcher fetcher) {
    OwnFetchUsers.reachable(folder);
    this.dir = config.build().dir();
    OwnFetchUsers.reachable(Objects.requireNonNull(dir.getParent()));
    this.link = dir.resolve("ns/demo");
    this.runner = OwnFetchUsers.runner(vertx, folder.resolve("data"));
    this.repositories =
        new PluginRepositories(
            vertx,
            config.build(),
            folder.resolve("home"),
            PluginRepositories.workplaces(config.build(), OwnFetchUsers.of(runner)),
            places -> fetcher == null ? new FetchProcess(OwnFetchUsers.CLASSES, places) : fetcher,
            new LocalRoots(config.build().localRoots()));
  }

  /** Fetched here, which is quicker. */
  static Checkouts inProcess(Path folder) {
    return new Checkouts(folder, new PluginsConfig(folder.resolve("plugins")), GitFetch::fetch);
  }

  public Path checkout(String address) {
    return checkout(address, "");
  }

  Path checkout(String address, String ref) {
    return look(address, ref).folder();
  }

  PluginCheckout look(String address, String ref) {
    return await(repositories.checkout("ns", "demo", address, ref));
  }

  public String update(String address) {
    return update(address, "");
  }

  String update(String address, String ref) {
    return await(repositories.update("ns", "demo", address, ref)).to();
  }

  /** A scheduled run of the version in force ended. */
  void ran(boolean ok) throws IOException {
    ran(link.toRealPath().getFileName().toString(), ok);
  }

  void ran(String commit, boolean ok) {
    repositories.ran("ns", "demo", commit, ok);
  }

  PluginVersion version() {
    return repositories.version("ns", "demo");
  }

  /** What a checkout of plugin.sh says now. */
  public String content() throws IOException {
    return Files.readString(link.resolve("plugin.sh"));
  }

  /** The folders of the versions, finished or not. */
  public List<String> versions() throws IOException {
    Path versions = dir.resolve("ns/.versions/demo");
    if (!Files.isDirectory(versions)) {
      return List.of();
    }
    try (Stream<Path> all = Files.list(versions)) {
      return all.map(version -> version.getFileName().toString()).sorted().toList();
    }
  }

  public static <T> T await(Future<T> future) {
    return future.toCompletionStage().toCompletableFuture().orTimeout(60, TimeUnit.SECONDS).join();
  }

  @Override
  public void close() {
    await(repositories.close());
    await(runner.close());
    await(vertx.close());
  }
}
