package io.loda.server;

import io.loda.common.config.ConfigException;
import io.loda.common.files.FileReason;
import io.loda.common.files.SafeFiles;
import io.loda.common.http.BoundedAccept;
import io.loda.common.lifecycle.SmallVertx;
import io.loda.common.logging.LogSettings;
import io.loda.common.logging.Logging;
import io.loda.common.logging.Plural;
import io.loda.common.logging.VisibleText;
import io.loda.common.profile.Profiles;
import io.loda.common.profile.Signals;
import io.loda.common.settings.Settings;
import io.loda.common.settings.SettingsCommand;
import io.loda.server.http.MetricsApi;
import io.loda.server.metric.Metric;
import io.loda.server.store.MetricStore;
import io.loda.server.store.postgres.DatabaseDsn;
import io.loda.server.store.postgres.PostgresStore;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;

/** The command {@code metrics-server}. Exit codes: 0 stopped, 1 failed, 2 usage or settings. */
public final class Main {

  private static final Logger LOG = LoggerFactory.getLogger(Main.class);
  private static final String NAME = "metrics-server";
  private static final long LOG_BYTES = 10 << 20;
  private static final long START_SECONDS = 65;
  private static final Duration IMPORT_CALL = Duration.ofMinutes(2);
  private static final long STOP_MILLIS = 3_700;
  private static final long PROFILE_MILLIS = 1_000;

  private Main() {}

  public static void main(String[] arguments) throws InterruptedException {
    // an import that a signal ended has failed
    if (arguments.length == 0 || !arguments[0].equals(ImportCommand.NAME)) {
      Signals.onStopExit();
    }
    // picocli's messages would show whole arguments, also passwords
    System.setProperty("picocli.trace", "OFF");
    System.exit(run(arguments));
  }

  private static int run(String[] arguments) throws InterruptedException {
    CommandSpec command = CommandSpec.create().name(NAME);
    command.usageMessage().description("Takes gauges and counters over HTTP, and keeps them.");
    command.mixinStandardHelpOptions(true);
    command.version(
        NAME + " " + Main.class.getPackage().getImplementationVersion(),
        "Java " + Runtime.version());
    SettingsCommand.addTo(command, ServerSettings.ALL);
    CommandSpec imports = CommandSpec.create().name(ImportCommand.NAME);
    imports.usageMessage().description("Puts what a dump has into an empty database.");
    imports.mixinStandardHelpOptions(true);
    SettingsCommand.addTo(imports, ImportCommand.ALL);
    command.addSubcommand(ImportCommand.NAME, imports);
    CommandLine line = new CommandLine(command);
    ServerSettings settings;
    try {
      SafeFiles.check();
      ParseResult parsed = line.parseArgs(arguments);
      if (CommandLine.printHelpIfRequested(parsed)) {
        return 0;
      }
      if (parsed.hasSubcommand()) {
        return importDump(
            SettingsCommand.read(parsed.subcommand(), ImportCommand.ALL, System.getenv()));
      }
      settings =
          ServerSettings.of(SettingsCommand.read(parsed, ServerSettings.ALL, System.getenv()));
    } catch (ParameterException e) {
      return complain(e.getMessage() + "\nsee " + NAME + " --help");
    } catch (ConfigException e) {
      return complain(e.getMessage());
    } catch (IllegalStateException e) {
      complain(e.getMessage());
      return 1;
    }
    Logging.configure(new LogSettings(settings.logLevel(), null, LOG_BYTES, 1));
    return serve(settings);
  }

  private static int importDump(Settings settings) throws ConfigException, InterruptedException {
    ImportCommand command = ImportCommand.of(settings);
    DatabaseDsn database = ServerSettings.database(settings);
    settings.check();
    if (database == null) {
      return complain("--database-dsn (DATABASE_DSN): expected a database, found none");
    }
    try {
      // before the database is asked: a wrong file is found at once
      List<Metric> metrics = command.read();
      MetricStore store = new PostgresStore(SmallVertx.create(), database, IMPORT_CALL);
      Future<?> unused = store.open();
      long count = ImportCommand.run(metrics, store);
      System.out.println(
          "imported "
              + Plural.of(count, "metric")
              + " of "
              + command.from()
              + " into the database");
      return 0;
    } catch (ImportCommand.Failure e) {
      complain(e.getMessage());
      return 1;
    }
  }

  private static int complain(@Nullable String message) {
    String lines = String.valueOf(message);
    System.err.println(NAME + ": " + VisibleText.lines(lines).replace("\n", "\n" + NAME + ": "));
    return 2;
  }

  private static int serve(ServerSettings settings) throws InterruptedException {
    Vertx vertx =
        SmallVertx.builder().withTransport(new BoundedAccept(MetricsApi.MAX_CONNECTIONS)).build();
    MetricsServer server = new MetricsServer(vertx, settings);
    Future<?> start = server.start();
    Profiles profiles = new Profiles(settings.profiles());
    // register before the start, so that a signal during the start is handled too
    Signals.onStop(() -> stop(start, server, profiles));
    profiles.start();
    try {
      start.toCompletionStage().toCompletableFuture().get(START_SECONDS, TimeUnit.SECONDS);
    } catch (ExecutionException | TimeoutException e) {
      Throwable cause = e instanceof ExecutionException && e.getCause() != null ? e.getCause() : e;
      LOG.debug("start failed", cause);
      complain(
          "start failed: "
              + (cause instanceof IOException ? FileReason.of(cause) : cause.getMessage()));
      end(1);
      return 1;
    }
    // the event loops keep the process alive until a signal ends it
    new CountDownLatch(1).await();
    return 0;
  }

  private static void stop(Future<?> start, MetricsServer server, Profiles profiles) {
    LOG.info("server: stops");
    Thread written = new Thread(profiles::close, "profile-end");
    written.start();
    try {
      start
          .transform(unused -> server.close())
          .toCompletionStage()
          .toCompletableFuture()
          .get(STOP_MILLIS, TimeUnit.MILLISECONDS);
      written.join(PROFILE_MILLIS);
      LOG.info("server: stopped");
    } catch (InterruptedException | ExecutionException | TimeoutException e) {
      LOG.warn("server: stopped before everything was closed: {}", FileReason.of(e));
    }
    end(0);
  }

  /** Ends the process with this exit code. A JVM that a signal ends would exit with 143. */
  private static void end(int exit) {
    Logging.stop();
    // not halt: the Flight Recorder deletes its files in a shutdown hook
    System.exit(exit);
  }
}
