package io.loda.server;

import io.loda.common.config.HostPort;
import io.loda.common.http.HttpMemory;
import io.loda.common.lifecycle.Lifecycle;
import io.loda.common.telemetry.Counters;
import io.loda.common.telemetry.MemoryBudget;
import io.loda.server.http.MetricsApi;
import io.loda.server.store.MemoryStore;
import io.loda.server.store.MetricStore;
import io.loda.server.store.dump.DumpSettings;
import io.loda.server.store.dump.DumpStore;
import io.loda.server.store.postgres.DatabaseDsn;
import io.loda.server.store.postgres.PostgresStore;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.WorkerExecutor;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Assembles the parts: the store opens before the API listens, and closes after the API. */
final class MetricsServer {

  private static final Logger LOG = LoggerFactory.getLogger(MetricsServer.class);
  private static final long MIB = 1 << 20;

  /** The heap of an idle server, and some room for the garbage collector. */
  private static final long FIXED_BYTES = 24 * MIB;

  /** For request bodies: three of the largest. */
  private static final long BODIES_BYTES = 24 * MIB;

  /** For lists of metrics parsed from large bodies: one of the largest; other requests wait. */
  private static final long READING_BYTES = 32 * MIB;

  private static final long ANSWERS_BYTES = 16 * MIB;
  private static final long METRICS_BYTES = 32 * MIB;
  private static final long KEYS_BYTES = 24 * MIB;

  /** For changes that wait for the disk, if each is written before its answer. */
  private static final long WAITING_BYTES = 16 * MIB;

  private static final Duration START = Duration.ofSeconds(60);
  private static final Duration STOP = Duration.ofMillis(3_500);

  private final Lifecycle parts;

  private final MetricsApi api;

  MetricsServer(Vertx vertx, ServerSettings settings) {
    MemoryBudget budget = new MemoryBudget(Runtime.getRuntime().maxMemory());
    budget.share("fixed", FIXED_BYTES);
    MemoryBudget.Share bodies = budget.share("bodies", BODIES_BYTES);
    MemoryBudget.Share reading = budget.share("reading", READING_BYTES);
    MemoryBudget.Share answers = budget.share("answers", ANSWERS_BYTES);
    budget.share("metrics", METRICS_BYTES);
    budget.share("keys of requests", KEYS_BYTES);
    budget.share("waits for the disk", WAITING_BYTES);
    budget.problem("let SERVER_JAVA_OPTS give the JVM more").ifPresent(LOG::warn);
    this.parts = new Lifecycle(vertx, START, STOP);
    MetricStore store = store(vertx, settings);
    this.api =
        new MetricsApi(
            settings.api(),
            store,
            new Counters(),
            new HttpMemory(budget, bodies, answers),
            reading);
    parts.add(
        "store",
        () ->
            store
                .open()
                .onSuccess(unused -> LOG.info("server: keeps metrics in {}", place(settings))),
        store::close);
    parts.verticle("HTTP API", api);
  }

  private static String place(ServerSettings settings) {
    if (settings.database() != null) {
      return "PostgreSQL, " + settings.database();
    }
    if (settings.file() == null) {
      return "memory only";
    }
    return settings.file()
        + (settings.storeInterval().isZero()
            ? ", each change in a journal beside it before the answer"
            : ", written every " + settings.storeInterval().toSeconds() + " s and at the stop");
  }

  private MetricStore store(Vertx vertx, ServerSettings settings) {
    DatabaseDsn database = settings.database();
    if (database != null) {
      // ends before the request's time-out, so that the answer has the store's reason
      return new PostgresStore(
          vertx, database, settings.api().requestTimeout().multipliedBy(9).dividedBy(10));
    }
    Path file = settings.file();
    if (file == null) {
      return new MemoryStore(METRICS_BYTES, KEYS_BYTES, Clock.systemUTC());
    }
    WorkerExecutor disk = vertx.createSharedWorkerExecutor("dump", 1, 1, TimeUnit.MINUTES);
    parts.closing("dump's thread", disk::close);
    return new DumpStore(
        new DumpSettings(
            file,
            settings.storeInterval(),
            settings.restore(),
            METRICS_BYTES,
            KEYS_BYTES,
            WAITING_BYTES),
        Clock.systemUTC(),
        vertx,
        disk);
  }

  /** Opens the store, and listens. */
  Future<?> start() {
    return parts.start().onSuccess(unused -> LOG.info("server: listens at http://{}/", address()));
  }

  HostPort address() {
    return api.address();
  }

  /** Stops listening, then closes the store. */
  Future<?> close() {
    return parts.close();
  }
}
