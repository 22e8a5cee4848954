package io.loda.server.store.postgres;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;

/**
 * Work on a connection. It may also throw {@link io.loda.server.metric.BadMetric} or {@link
 * io.loda.server.store.StoreUnavailable}, which are not retried.
 */
interface Work<T> {

  /** Does the work. Blocks. An open transaction is rolled back after it. */
  T on(Connection connection, Deadline deadline) throws SQLException;

  /** Prepares a statement that the server cancels at the deadline. */
  static PreparedStatement prepared(Connection connection, Deadline deadline, String sql)
      throws SQLException {
    PreparedStatement statement = connection.prepareStatement(sql);
    statement.setQueryTimeout(deadline.statementSeconds());
    return statement;
  }
}
