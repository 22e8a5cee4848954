package io.loda.server.store.postgres;

import java.sql.SQLException;
import java.sql.SQLTransientConnectionException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Classifies failures by their SQLSTATE, from appendix A of PostgreSQL's documentation. */
final class SqlFailure {

  static final String OVERFLOW = "22003";
  static final String NO_TABLE = "42P01";
  static final String SERIALIZATION = "40001";
  private static final String DEADLOCK = "40P01";

  private static final String CONNECTION = "08";
  private static final String SERVER_ENDS = "57P";
  private static final String NO_RESOURCES = "53";

  private SqlFailure() {}

  private static String state(SQLException e) {
    String state = e.getSQLState();
    return state == null ? "" : state;
  }

  static boolean is(SQLException e, String state) {
    return state(e).equals(state);
  }

  /** Returns whether the connection is broken, or the server unreachable or stopping. */
  static boolean isAway(SQLException e) {
    return state(e).startsWith(CONNECTION)
        || state(e).startsWith(SERVER_ENDS)
        || (e instanceof SQLTransientConnectionException && state(e).isEmpty());
  }

  /** Returns whether a retry may succeed. */
  static boolean mayPass(SQLException e) {
    return isAway(e)
        || List.of(SERIALIZATION, DEADLOCK).contains(state(e))
        || state(e).startsWith(NO_RESOURCES);
  }

  /** Returns whether a commit that failed like this is known to be rolled back. */
  static boolean isUndone(SQLException e) {
    return state(e).startsWith("40");
  }

  /**
   * Returns the message of the driver or server in one line; the pool's own would only say that it
   * waited.
   */
  static String reason(SQLException e) {
    SQLException first = e;
    for (@Nullable Throwable cause = e; cause != null; cause = cause.getCause()) {
      if (cause instanceof SQLException sql) {
        first = sql;
      }
    }
    String message = String.valueOf(first.getMessage()).strip().replaceAll("\\s+", " ");
    String state = state(first).isEmpty() ? "" : " (SQLSTATE " + state(first) + ")";
    // a failure may be made from the reason of an earlier one
    return message.endsWith(state) ? message : message + state;
  }
}
