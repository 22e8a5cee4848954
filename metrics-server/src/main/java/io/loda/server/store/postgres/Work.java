package io.loda.server.store.postgres;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;

/**
 * What is done on a connection. It may throw {@link io.loda.server.metric.BadMetric} and {@link
 * io.loda.server.store.StoreUnavailable} as well, which are final.
 */
interface Work<T> {

  /** Blocks. What it leaves open is rolled back. */
  T on(Connection connection, Deadline deadline) throws SQLException;

  /** A statement that the server ends at the deadline. */
  static PreparedStatement prepared(Connection connection, Deadline deadline, String sql)
      throws SQLException {
    PreparedStatement statement = connection.prepareStatement(sql);
    statement.setQueryTimeout(deadline.statementSeconds());
    return statement;
  }
}
