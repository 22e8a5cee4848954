package io.loda.agent.cli.report;

import io.loda.agent.cli.Terminal;
import io.loda.agent.report.ReportSettings;
import io.loda.agent.report.Reporter;
import io.loda.common.config.ConfigException;
import io.loda.common.files.FileReason;
import io.loda.common.lifecycle.SmallVertx;
import io.loda.common.logging.LogSettings;
import io.loda.common.logging.Logging;
import io.loda.common.profile.Profiles;
import io.loda.common.profile.Signals;
import io.loda.common.settings.SettingsCommand;
import io.loda.common.telemetry.Counters;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Model.CommandSpec;

/** {@code agent report}: reports to a metrics server until SIGTERM or SIGINT. */
public final class ReportCommand implements Callable<Integer> {

  public static final String NAME = "report";

  private static final Logger LOG = LoggerFactory.getLogger(ReportCommand.class);
  private static final long LOG_BYTES = 10 << 20;
  private static final long STOP_MILLIS = 4_500;
  private static final long PROFILE_MILLIS = 400;

  private final CommandSpec spec = CommandSpec.wrapWithoutInspection(this);

  private ReportCommand() {}

  public static CommandSpec spec() {
    CommandSpec spec = new ReportCommand().spec;
    spec.usageMessage()
        .description("Reports this host's and its own memory and processors to a metrics server.");
    SettingsCommand.addTo(spec, ReportSettings.ALL);
    return spec;
  }

  @Override
  public Integer call() throws InterruptedException {
    ReportSettings settings;
    try {
      settings =
          ReportSettings.of(
              SettingsCommand.read(
                  spec.commandLine().getParseResult(), ReportSettings.ALL, System.getenv()));
    } catch (ConfigException e) {
      Terminal.complain(spec, String.valueOf(e.getMessage()));
      return 2;
    }
    Logging.configure(new LogSettings(settings.logLevel(), null, LOG_BYTES, 1));
    Vertx vertx = SmallVertx.create();
    Future<String> start = vertx.deployVerticle(new Reporter(settings, new Counters()));
    Profiles profiles = new Profiles(settings.profiles());
    Signals.onStop(() -> stop(vertx, start, profiles));
    profiles.start();
    // the event loops go on; a signal ends the process
    new CountDownLatch(1).await();
    return 0;
  }

  private static void stop(Vertx vertx, Future<String> start, Profiles profiles) {
    LOG.info("report: stops");
    Thread written = new Thread(profiles::close, "profile-end");
    written.start();
    try {
      start
          .compose(vertx::undeploy)
          .toCompletionStage()
          .toCompletableFuture()
          .get(STOP_MILLIS, TimeUnit.MILLISECONDS);
    } catch (InterruptedException | ExecutionException | TimeoutException e) {
      LOG.warn("report: stop failed before everything was sent: {}", FileReason.of(e));
    }
    try {
      written.join(PROFILE_MILLIS);
    } catch (InterruptedException e) {
      LOG.debug("report: interrupted at the stop", e);
    }
    Logging.stop();
    // not halt: the Flight Recorder deletes its files at the exit
    System.exit(0);
  }
}
