package io.loda.server.store.postgres;

import io.loda.server.metric.Metric;
import io.loda.server.metric.MetricId;
import io.loda.server.store.MetricStore;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The queries, and the deletion of old keys. */
final class Reads {

  private static final String FIND =
      "SELECT name, kind, delta, value FROM metrics_server_values WHERE name = ? AND kind = ?";

  private static final String LIST =
      """
      SELECT name, kind, delta, value, changed_at FROM metrics_server_values
      WHERE (name, kind) > (?, ?) ORDER BY name, kind LIMIT ?
      """;

  /** Skips rows that another server is deleting. */
  private static final String FORGET =
      """
      DELETE FROM metrics_server_requests WHERE key IN (
        SELECT key FROM metrics_server_requests
        WHERE answered_at <= now() - make_interval(secs => ?) FOR UPDATE SKIP LOCKED)
      """;

  private Reads() {}

  static Work<Optional<Metric>> find(MetricId id) {
    return (connection, deadline) -> {
      try (PreparedStatement statement = Work.prepared(connection, deadline, FIND)) {
        statement.setString(1, id.name());
        statement.setShort(2, Rows.number(id.kind()));
        try (ResultSet row = statement.executeQuery()) {
          return row.next() ? Optional.of(Rows.metric(row)) : Optional.empty();
        }
      }
    };
  }

  static Work<List<MetricStore.Listed>> list(@Nullable MetricId after, int limit) {
    return (connection, deadline) -> {
      try (PreparedStatement statement = Work.prepared(connection, deadline, LIST)) {
        statement.setString(1, after == null ? "" : after.name());
        statement.setShort(2, after == null ? -1 : Rows.number(after.kind()));
        statement.setInt(3, limit);
        try (ResultSet row = statement.executeQuery()) {
          List<MetricStore.Listed> listed = new ArrayList<>();
          while (row.next()) {
            listed.add(
                new MetricStore.Listed(
                    Rows.metric(row), row.getObject(5, OffsetDateTime.class).toInstant()));
          }
          return listed;
        }
      }
    };
  }

  /** Succeeds when the server answers. */
  static Work<Boolean> ping() {
    return (connection, deadline) -> {
      try (PreparedStatement statement = Work.prepared(connection, deadline, "SELECT 1")) {
        return statement.execute();
      }
    };
  }

  /** Deletes the keys that are older than ten minutes. */
  static Work<Integer> forgetKeys() {
    return (connection, deadline) -> {
      try (PreparedStatement statement = Work.prepared(connection, deadline, FORGET)) {
        statement.setLong(1, MetricStore.KEYS_KEPT.toSeconds());
        return statement.executeUpdate();
      }
    };
  }
}
