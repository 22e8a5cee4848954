package io.loda.server;

import io.loda.common.files.FileReason;
import io.loda.common.settings.Setting;
import io.loda.common.settings.Settings;
import io.loda.server.metric.Batch;
import io.loda.server.metric.Metric;
import io.loda.server.metric.MetricId;
import io.loda.server.store.MetricStore;
import io.loda.server.store.dump.DumpReader;
import io.vertx.core.Future;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * {@code metrics-server import}: imports a dump into an empty database. Blocks.
 *
 * @param from the dump
 */
record ImportCommand(Path from) {

  static final String NAME = "import";

  private static final Setting FROM =
      Setting.of(
          "from",
          null,
          "IMPORT_FROM",
          "/tmp/metrics-db.json",
          "The dump of this or another such server.");

  /** The command's options. */
  static final List<Setting> ALL = List.of(FROM, ServerSettings.DSN);

  private static final Duration CALL = Duration.ofMinutes(3);

  static ImportCommand of(Settings settings) {
    return new ImportCommand(settings.path(FROM));
  }

  /** The import failed; the message says why, and what to do. */
  static final class Failure extends Exception {

    private static final long serialVersionUID = 1L;

    Failure(String message) {
      super(message);
    }
  }

  /**
   * Imports what was read of a dump.
   *
   * @return the number of metrics
   * @throws Failure when the database isn't empty, or can't be used
   */
  static long run(List<Metric> metrics, MetricStore store) throws Failure, InterruptedException {
    if (!await("the database can't be read", store.list(null, 1)).isEmpty()) {
      throw new Failure(
          "the database has metrics already, to which the dump's counters would be added; import"
              + " into an empty one");
    }
    if (!metrics.isEmpty()) {
      // one transaction with a key: all or nothing, and only once even if it is retried
      await(
          "the database can't be written",
          store.update(new Batch(metrics, UUID.randomUUID().toString())));
    }
    return metrics.size();
  }

  /**
   * Reads the dump.
   *
   * @throws Failure when it is missing, damaged or not whole
   */
  List<Metric> read() throws Failure {
    try {
      if (DumpReader.hasJournal(from)) {
        throw new Failure(
            from
                + ": a journal beside it has changes that aren't in it; stop the server that writes"
                + " it, or start and stop one with -f "
                + from);
      }
      // if a metric is repeated, the last one counts
      Map<MetricId, Metric> metrics = new LinkedHashMap<>();
      DumpReader.Result result =
          DumpReader.read(from, (metric, changed) -> metrics.put(metric.id(), metric));
      DumpReader.Damage damage = result.damage();
      if (damage != null) {
        throw new Failure(
            from
                + ": damaged at byte "
                + damage.atByte()
                + " ("
                + damage.why()
                + "); a server that starts with it keeps what is before, and writes a good one");
      }
      return List.copyOf(metrics.values());
    } catch (IOException e) {
      throw new Failure("read of the dump failed: " + FileReason.of(e));
    }
  }

  private static <T> T await(String what, Future<T> future) throws Failure, InterruptedException {
    try {
      return future
          .toCompletionStage()
          .toCompletableFuture()
          .get(CALL.toMillis(), TimeUnit.MILLISECONDS);
    } catch (ExecutionException e) {
      throw new Failure(what + ": " + cause(e));
    } catch (TimeoutException e) {
      throw new Failure(what + ": timeout after " + CALL.toSeconds() + " s");
    }
  }

  private static @Nullable String cause(ExecutionException e) {
    return e.getCause() == null ? e.getMessage() : e.getCause().getMessage();
  }
}
