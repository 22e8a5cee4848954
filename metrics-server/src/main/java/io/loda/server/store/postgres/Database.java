package io.loda.server.store.postgres;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.loda.server.store.StoreUnavailable;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Properties;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The connections to the database. While it is unreachable, one call at a time tries to connect;
 * the others fail at once, so that they don't block their threads, and are retried. Blocks.
 * Thread-safe.
 */
final class Database {

  private static final Logger LOG = LoggerFactory.getLogger(Database.class);

  private static final String AWAY = "08001";
  private static final int CONNECT_SECONDS = 3;

  /** How long a call waits for a connection. */
  private static final Duration WAIT = Duration.ofSeconds(2);

  /** How much longer the network time-out is than the server's statement time-out. */
  private static final int GRACE_MILLIS = 1_000;

  private static final Duration SAID_AGAIN = Duration.ofMinutes(1);

  private final DatabaseDsn dsn;
  private final Duration time;
  private final int connections;

  /** Held by the call that tries to reach an unreachable database. */
  private final ReentrantLock trying = new ReentrantLock();

  /**
   * Why the database is unreachable; "" before the first try; null: it is reachable, with its
   * tables.
   */
  private volatile @Nullable String away = "";

  private volatile @Nullable HikariDataSource pool;
  private volatile boolean hasTables;
  private volatile boolean closed;
  private @Nullable String said;
  private long saidNanos;

  /**
   * Makes the pool without connecting.
   *
   * @param time the time-out of a call
   */
  Database(DatabaseDsn dsn, Duration time, int connections) {
    this.dsn = dsn;
    this.time = time;
    this.connections = connections;
  }

  <T> T call(Work<T> work, Deadline deadline) throws SQLException {
    boolean alone = begin(deadline);
    try {
      T result = work(work, deadline);
      there();
      return result;
    } catch (SQLException e) {
      failed(e);
      throw e;
    } catch (StoreUnavailable e) {
      if (e.getCause() instanceof SQLException sql) {
        failed(sql);
      }
      throw e;
    } finally {
      if (alone) {
        trying.unlock();
      }
    }
  }

  /** Returns whether the caller now holds the lock, and so tries to connect. */
  private boolean begin(Deadline deadline) throws SQLException {
    String why = away;
    if (why == null) {
      return false;
    }
    if (!tryLock(why.isEmpty() ? deadline.leftMillis() : 0)) {
      throw new SQLException(why.isEmpty() ? "it isn't connected yet" : why, AWAY);
    }
    String now = away;
    if (now != null && (!why.isEmpty() || now.isEmpty())) {
      return true;
    }
    trying.unlock();
    if (now != null) {
      // the call that held the lock has just tried in vain
      throw new SQLException(now, AWAY);
    }
    return false;
  }

  private boolean tryLock(long millis) {
    try {
      return millis == 0 ? trying.tryLock() : trying.tryLock(millis, TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  private <T> T work(Work<T> work, Deadline deadline) throws SQLException {
    try (Connection connection = connection()) {
      // for a broken network or a stopped server, where no time-out of the server helps
      connection.setNetworkTimeout(Runnable::run, (int) deadline.leftMillis() + GRACE_MILLIS);
      return work.on(connection, deadline);
    }
  }

  private Connection connection() throws SQLException {
    try {
      if (!hasTables) {
        Schema.make(properties());
        hasTables = true;
      }
      return pool().getConnection();
    } catch (SQLException e) {
      away = SqlFailure.reason(e);
      throw e;
    }
  }

  private synchronized HikariDataSource pool() throws SQLException {
    if (closed) {
      throw new SQLException("it is closed");
    }
    HikariDataSource open = pool;
    if (open == null) {
      open = new HikariDataSource(config());
      pool = open;
    }
    return open;
  }

  private HikariConfig config() {
    HikariConfig config = new HikariConfig();
    config.setPoolName("postgres");
    config.setJdbcUrl(Schema.URL);
    config.setDataSourceProperties(properties());
    config.setMaximumPoolSize(connections);
    config.setConnectionTimeout(WAIT.toMillis());
    config.setValidationTimeout(WAIT.toMillis() / 2);
    config.setTransactionIsolation("TRANSACTION_READ_COMMITTED");
    // start even if the database is unreachable again
    config.setInitializationFailTimeout(-1);
    config.setConnectionInitSql(
        // unlock rows if the host of this server vanishes
        "SET statement_timeout = %1$d; SET idle_in_transaction_session_timeout = %1$d;"
                .formatted(time.toMillis() + GRACE_MILLIS)
            // all bits of a double, whatever the default of the database is
            + " SET extra_float_digits = 1");
    return config;
  }

  private Properties properties() {
    Properties properties = new Properties();
    properties.setProperty("PGHOST", dsn.host());
    properties.setProperty("PGPORT", Integer.toString(dsn.port()));
    properties.setProperty("PGDBNAME", dsn.database());
    properties.setProperty("user", dsn.user());
    if (dsn.password() != null) {
      properties.setProperty("password", dsn.password());
    }
    properties.setProperty("sslmode", dsn.sslMode());
    if (dsn.sslRootCert() != null) {
      properties.setProperty("sslrootcert", dsn.sslRootCert());
    }
    properties.setProperty("gssEncMode", "disable");
    properties.setProperty("ApplicationName", "metrics-server");
    properties.setProperty("connectTimeout", Integer.toString(CONNECT_SECONDS));
    properties.setProperty("loginTimeout", Integer.toString(CONNECT_SECONDS));
    properties.setProperty("socketTimeout", Long.toString(time.toSeconds() + 1));
    properties.setProperty("tcpKeepAlive", "true");
    // no values of rows in the log
    properties.setProperty("logServerErrorDetail", "false");
    return properties;
  }

  private void there() {
    String before = away;
    if (before != null) {
      away = null;
      said = null;
      LOG.info("database: connected to {}", dsn);
    }
  }

  private void failed(SQLException e) {
    String why = SqlFailure.reason(e);
    if (SqlFailure.isAway(e)) {
      away = why;
    }
    if (SqlFailure.is(e, SqlFailure.NO_TABLE)) {
      // the database was created anew
      hasTables = false;
      away = why;
    }
    if (isNews(why)) {
      LOG.warn(
          "database: {} {}: {}{}",
          dsn,
          SqlFailure.isAway(e) ? "unreachable" : "failed",
          why,
          away == null ? "" : "; retrying");
    }
  }

  /** Returns whether to log it: the same reason only once a minute. */
  private synchronized boolean isNews(String why) {
    long now = System.nanoTime();
    if (why.equals(said) && now - saidNanos < SAID_AGAIN.toNanos()) {
      return false;
    }
    said = why;
    saidNanos = now;
    return true;
  }

  void close() {
    HikariDataSource open;
    synchronized (this) {
      closed = true;
      open = pool;
    }
    if (open != null) {
      open.close();
    }
  }
}
