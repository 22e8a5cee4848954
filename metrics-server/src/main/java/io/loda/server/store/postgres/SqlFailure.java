package io.loda.server.store.postgres;

import java.sql.SQLException;
import java.sql.SQLTransientConnectionException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What a failure means; PostgreSQL's documentation, appendix A, has the states. */
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

  /** Whether the connection, or the server behind it, is gone. */
  static boolean isAway(SQLException e) {
    return state(e).startsWith(CONNECTION)
        || state(e).startsWith(SERVER_ENDS)
        || (e instanceof SQLTransientConnectionException && state(e).isEmpty());
  }

  /** Whether the same may succeed a little later. */
  static boolean mayPass(SQLException e) {
    return isAway(e)
        || List.of(SERIALIZATION, DEADLOCK).contains(state(e))
        || state(e).startsWith(NO_RESOURCES);
  }

  /** Whether a transaction that failed so at its commit is known to be undone. */
  static boolean isUndone(SQLException e) {
    return state(e).startsWith("40");
  }

  /** What the driver or the server says of it, in one line. The pool only says that it waited. */
  static String reason(SQLException e) {
    SQLException first = e;
    for (@Nullable Throwable cause = e; cause != null; cause = cause.getCause()) {
      if (cause instanceof SQLException sql) {
        first = sql;
      }
    }
    String message = String.valueOf(first.getMessage()).strip().replaceAll("\\s+", " ");
    return state(first).isEmpty() ? message : message + " (SQLSTATE " + state(first) + ")";
  }
}
