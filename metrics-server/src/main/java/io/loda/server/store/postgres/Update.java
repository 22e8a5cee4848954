package io.loda.server.store.postgres;

import io.loda.server.metric.Batch;
import io.loda.server.metric.Kind;
import io.loda.server.metric.Metric;
import io.loda.server.metric.MetricId;
import io.loda.server.store.MetricStore;
import io.loda.server.store.StoreUnavailable;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Stores one batch in one transaction. */
record Update(Batch batch) implements Work<List<Metric>> {

  /** Locks rows in the order of their names, so that two batches can't deadlock. */
  private static final String CHANGE =
      """
      INSERT INTO metrics_server_values AS old (name, kind, delta, value, changed_at)
      SELECT name, kind, CASE kind WHEN 1 THEN delta END, CASE kind WHEN 0 THEN value END, now()
      FROM unnest(?::text[], ?::smallint[], ?::bigint[], ?::double precision[])
        AS new (name, kind, delta, value)
      ORDER BY name COLLATE "C", kind
      ON CONFLICT (name, kind) DO UPDATE
      SET delta = old.delta + excluded.delta, value = excluded.value,
        changed_at = excluded.changed_at
      RETURNING name, kind, delta, value
      """;

  /** Waits for another transaction with this key; changes no row if the key is known. */
  private static final String KEEP =
      """
      INSERT INTO metrics_server_requests AS old (key, answered_at, answer) VALUES (?, now(), ?)
      ON CONFLICT (key) DO UPDATE
      SET answered_at = excluded.answered_at, answer = excluded.answer
      WHERE old.answered_at <= now() - make_interval(secs => ?)
      """;

  private static final String KNOWN =
      """
      SELECT answer FROM metrics_server_requests
      WHERE key = ? AND answered_at > now() - make_interval(secs => ?)
      """;

  private static final String COUNTERS =
      """
      SELECT name, kind, delta, value FROM metrics_server_values
      WHERE kind = 1 AND name = ANY (?::text[])
      """;

  @Override
  public List<Metric> on(Connection connection, Deadline deadline) throws SQLException {
    connection.setAutoCommit(false);
    String key = batch.key();
    List<Metric> answer;
    try {
      answer = change(connection, deadline);
    } catch (SQLException e) {
      if (!SqlFailure.is(e, SqlFailure.OVERFLOW)) {
        throw e;
      }
      connection.rollback();
      return overflown(connection, deadline, e);
    }
    if (key != null && !keep(connection, deadline, key, answer)) {
      connection.rollback();
      List<Metric> first = known(connection, deadline, key);
      if (first == null) {
        // the key was deleted between the two statements, after its ten minutes
        throw new SQLException("a request's key was deleted meanwhile", SqlFailure.SERIALIZATION);
      }
      return first;
    }
    if (deadline.isOver()) {
      connection.rollback();
      throw new StoreUnavailable("the database was too slow; nothing was changed", null);
    }
    commit(connection);
    return answer;
  }

  private List<Metric> change(Connection connection, Deadline deadline) throws SQLException {
    List<Metric> changes = batch.changes();
    int size = changes.size();
    String[] names = new String[size];
    short[] kinds = new short[size];
    long[] deltas = new long[size];
    double[] values = new double[size];
    for (int i = 0; i < size; i++) {
      Metric change = changes.get(i);
      names[i] = change.id().name();
      kinds[i] = Rows.number(change.id().kind());
      if (change.id().kind() == Kind.GAUGE) {
        values[i] = Double.longBitsToDouble(change.bits());
      } else {
        deltas[i] = change.bits();
      }
    }
    Map<MetricId, Metric> now = new HashMap<>(size * 2);
    try (PreparedStatement statement = prepared(connection, deadline, CHANGE)) {
      statement.setArray(1, connection.createArrayOf("text", names));
      statement.setObject(2, kinds);
      statement.setObject(3, deltas);
      statement.setObject(4, values);
      try (ResultSet row = statement.executeQuery()) {
        while (row.next()) {
          Metric metric = Rows.metric(row);
          now.put(metric.id(), metric);
        }
      }
    }
    List<Metric> answer = new ArrayList<>(size);
    changes.forEach(change -> answer.add(Objects.requireNonNull(now.get(change.id()))));
    return answer;
  }

  private static boolean keep(
      Connection connection, Deadline deadline, String key, List<Metric> answer)
      throws SQLException {
    try (PreparedStatement statement = prepared(connection, deadline, KEEP)) {
      statement.setString(1, key);
      statement.setBytes(2, AnswerBytes.write(answer));
      statement.setLong(3, MetricStore.KEYS_KEPT.toSeconds());
      return statement.executeUpdate() == 1;
    }
  }

  private static @Nullable List<Metric> known(Connection connection, Deadline deadline, String key)
      throws SQLException {
    try (PreparedStatement statement = prepared(connection, deadline, KNOWN)) {
      statement.setString(1, key);
      statement.setLong(2, MetricStore.KEYS_KEPT.toSeconds());
      try (ResultSet row = statement.executeQuery()) {
        return row.next() ? AnswerBytes.read(row.getBytes(1)) : null;
      }
    }
  }

  /**
   * Returns the answer of the first request with this key; else throws with the name of the
   * counter.
   */
  private List<Metric> overflown(Connection connection, Deadline deadline, SQLException e)
      throws SQLException {
    String key = batch.key();
    List<Metric> first = key == null ? null : known(connection, deadline, key);
    if (first != null) {
      return first;
    }
    Map<MetricId, Metric> changes = new HashMap<>();
    batch.changes().stream()
        .filter(change -> change.id().kind() == Kind.COUNTER)
        .forEach(change -> changes.put(change.id(), change));
    String[] names = changes.keySet().stream().map(MetricId::name).toArray(String[]::new);
    try (PreparedStatement statement = prepared(connection, deadline, COUNTERS)) {
      statement.setArray(1, connection.createArrayOf("text", names));
      try (ResultSet row = statement.executeQuery()) {
        while (row.next()) {
          Metric stored = Rows.metric(row);
          Objects.requireNonNull(changes.get(stored.id())).after(stored);
        }
      }
    }
    // another request has changed the counter meanwhile, so that a retry may succeed
    throw new SQLException(e.getMessage(), SqlFailure.SERIALIZATION, e);
  }

  private void commit(Connection connection) throws SQLException {
    try {
      connection.commit();
    } catch (SQLException e) {
      if (batch.key() != null || SqlFailure.isUndone(e)) {
        throw e;
      }
      throw new StoreUnavailable(
          "the database was lost while it stored this, and may have done so or not; send an"
              + " Idempotency-Key, and it is tried again without counting twice",
          e);
    }
  }

  private static PreparedStatement prepared(Connection connection, Deadline deadline, String sql)
      throws SQLException {
    return Work.prepared(connection, deadline, sql);
  }
}
