package io.loda.agent.cli.service;

import io.loda.agent.assembly.Agent;
import io.loda.agent.assembly.DataFolder;
import io.loda.agent.assembly.MemoryPlan;
import io.loda.agent.assembly.OwnPlaces;
import io.loda.agent.cli.ConfigOptions;
import io.loda.agent.cli.NotDone;
import io.loda.agent.cli.Terminal;
import io.loda.agent.config.AgentConfig;
import io.loda.agent.config.Policy;
import io.loda.agent.source.script.user.PluginUser;
import io.loda.common.config.ConfigException;
import io.loda.common.files.FileReason;
import io.loda.common.files.Trust;
import io.loda.common.http.BoundedAccept;
import io.loda.common.lifecycle.SmallVertx;
import io.loda.common.logging.Logging;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code agent start}: runs in the foreground until SIGTERM or SIGINT; with -d in background. */
@Command(name = "start", description = "Runs the agent, in the foreground unless told otherwise.")
public final class StartCommand implements Callable<Integer> {

  private static final Logger LOG = LoggerFactory.getLogger(StartCommand.class);

  /** Longer than the agent's own deadline; after this the process ends anyway. */
  private static final Duration STOP = Duration.ofMillis(9_500);

  @Spec
  @SuppressWarnings("NullAway.Init")
  private CommandSpec spec;

  @Mixin private ConfigOptions options = new ConfigOptions();

  @Option(
      names = {"-d", "--detach"},
      description = "Starts it in the background, and returns when it answers.")
  private boolean detach;

  private volatile boolean stops;

  @Override
  public Integer call()
      throws ConfigException, PluginUser.BadUser, IOException, InterruptedException {
    AgentConfig config = options.load();
    PluginUser user =
        PluginUser.of(config.plugins(), PluginUser.ownUid()).allowedBy(config.policies());
    Optional<String> tooLarge = MemoryPlan.problem(config);
    if (tooLarge.isPresent()) {
      throw new NotDone(NotDone.USAGE, tooLarge.get());
    }
    Trust trust = OwnPlaces.trust(config);
    Optional<String> notOurs = OwnPlaces.problem(config);
    if (notOurs.isPresent()) {
      throw new NotDone(notOurs.get());
    }
    if (detach) {
      return new BackgroundStart(spec, config, trust, options.arguments()).run();
    }
    DataFolder folder =
        DataFolder.take(
            config.host().dataDir(), config.host().pidFile(), config.plugins().dir(), trust);
    Logging.configure(config.log());
    return run(config, user, folder);
  }

  private int run(AgentConfig config, PluginUser user, DataFolder folder)
      throws InterruptedException {
    Vertx vertx =
        SmallVertx.builder()
            .withTransport(new BoundedAccept(config.http().maxConnections()))
            .build();
    try {
      Agent agent = new Agent(vertx, config, user, () -> policies(user), Terminal.raw());
      Future<Void> start = agent.start();
      // add it before the start, so that a signal during the start also stops the agent in order
      Runtime.getRuntime().addShutdownHook(new Thread(() -> stop(agent, folder), "stop"));
      start.toCompletionStage().toCompletableFuture().get();
    } catch (ExecutionException | IllegalStateException e) {
      if (!stops) {
        Throwable cause =
            e instanceof ExecutionException && e.getCause() != null ? e.getCause() : e;
        LOG.debug("start failed", cause);
        Terminal.complain(spec, "didn't start: " + cause.getMessage());
        end(folder, 1);
        return 1;
      }
    }
    // the event loops do the work, and the shutdown hook ends the process
    new CountDownLatch(1).await();
    return 0;
  }

  /** Reads the current policies; one that this agent couldn't start with counts as a mistake. */
  private List<Policy> policies(PluginUser user) throws ConfigException, PluginUser.BadUser {
    List<Policy> policies = options.policies();
    user.allowedBy(policies);
    return policies;
  }

  private void stop(Agent agent, DataFolder folder) {
    stops = true;
    LOG.info("agent: stops");
    try {
      agent
          .close()
          .toCompletionStage()
          .toCompletableFuture()
          .get(STOP.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException | ExecutionException | TimeoutException e) {
      LOG.warn("agent: stop failed before everything was closed: {}", FileReason.of(e));
    }
    LOG.info("agent: stopped");
    end(folder, 0);
  }

  /** Ends the process: a JVM that a signal ends would exit with 143 even after a good stop. */
  private static void end(DataFolder folder, int exit) {
    try {
      folder.close();
    } catch (IOException e) {
      LOG.warn("agent: delete of the pid file failed: {}", FileReason.of(e));
    }
    Logging.stop();
    Terminal.out().flush();
    Runtime.getRuntime().halt(exit);
  }
}
