package io.loda.server.store.postgres;

import io.loda.server.metric.Kind;
import io.loda.server.metric.Metric;
import io.loda.server.metric.MetricId;
import java.sql.ResultSet;
import java.sql.SQLException;

/** Converts a row to a metric. The number of a kind sorts like the kinds. */
final class Rows {

  private static final short GAUGE = 0;
  private static final short COUNTER = 1;

  private Rows() {}

  static short number(Kind kind) {
    return kind == Kind.GAUGE ? GAUGE : COUNTER;
  }

  static Kind kind(int number) {
    return number == GAUGE ? Kind.GAUGE : Kind.COUNTER;
  }

  /** Reads a row with name, kind, delta, value. */
  static Metric metric(ResultSet row) throws SQLException {
    Kind kind = kind(row.getInt(2));
    long bits = kind == Kind.GAUGE ? Double.doubleToRawLongBits(row.getDouble(4)) : row.getLong(3);
    return new Metric(new MetricId(kind, row.getString(1)), bits);
  }
}
