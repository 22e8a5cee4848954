package io.loda.agent.cli.plugintest;

import io.loda.agent.assignment.Assignment;
import io.loda.agent.assignment.GitAddress;
import io.loda.agent.config.AgentConfig;
import io.loda.agent.git.PluginRepositories;
import io.loda.agent.git.fetch.FetchUser;
import io.loda.agent.source.script.run.ScriptRunner;
import io.vertx.core.Vertx;
import java.nio.file.Path;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Fetches a repository into the folder of a trial, like an agent. */
final class TrialFetch {

  private static final int CLOSE_SECONDS = 5;

  private final AgentConfig config;
  private final Vertx vertx;
  private final ScriptRunner runner;

  TrialFetch(AgentConfig config, Vertx vertx, ScriptRunner runner) {
    this.config = config;
    this.vertx = vertx;
    this.runner = runner;
  }

  /**
   * Returns the checkout.
   *
   * @throws ExecutionException when the fetch fails; its cause says why
   */
  Path checkout(Assignment.Script script) throws ExecutionException, InterruptedException {
    PluginRepositories repositories =
        new PluginRepositories(
            vertx,
            config.plugins(),
            place ->
                runner
                    .reservedUser("git-fetch " + place)
                    .map(own -> new FetchUser(own.id(), own::command, own::end)));
    try {
      return repositories
          .checkout(
              script.namespace(),
              script.project(),
              GitAddress.rewrite(script.git(), config.plugins().gitUrl()),
              script.ref())
          .toCompletionStage()
          .toCompletableFuture()
          .get()
          .folder();
    } catch (IllegalArgumentException e) {
      throw new ExecutionException(e);
    } finally {
      close(repositories);
    }
  }

  private static void close(PluginRepositories repositories) throws InterruptedException {
    try {
      repositories
          .close()
          .toCompletionStage()
          .toCompletableFuture()
          .get(CLOSE_SECONDS, TimeUnit.SECONDS);
    } catch (ExecutionException | TimeoutException e) {
      // the fetch has succeeded or failed already
    }
  }
}
