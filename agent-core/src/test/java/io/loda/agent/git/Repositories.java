package io.loda.agent.git;

import io.loda.agent.config.AgentConfig;
import io.loda.agent.git.child.GitFetch;
import io.loda.agent.git.fetch.FetchUser;
import io.loda.common.files.allowed.LocalRoots;
import io.vertx.core.Vertx;
import java.nio.file.Path;

/**
 * Repositories that are fetched in the test's own process, for tests of what is done with them: a
 * process of its own each takes a second of processor time.
 */
public final class Repositories {

  private Repositories() {}

  public static PluginRepositories inProcess(Vertx vertx, AgentConfig.Plugins config) {
    return inProcess(vertx, config, Path.of(System.getProperty("user.home", "/")));
  }

  static PluginRepositories inProcess(Vertx vertx, AgentConfig.Plugins config, Path home) {
    return new PluginRepositories(
        vertx,
        config,
        home,
        PluginRepositories.workplaces(config, FetchUser.Source.NONE),
        places -> GitFetch::fetch,
        new LocalRoots(config.localRoots()));
  }
}
