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
 * The connections. While the database is away one call at a time tries it, so that the others'
 * threads don't wait for it as well: they fail at once, and try again. Blocks; thread-safe.
 */
final class Database {

  private static final Logger LOG = LoggerFactory.getLogger(Database.class);

  private static final String AWAY = "08001";
  private static final int CONNECT_SECONDS = 3;

  /** How long a call waits for a connection. */
  private static final Duration WAIT = Duration.ofSeconds(2);

  /** What a broken network gets over what the server's own limit has. */
  private static final int GRACE_MILLIS = 1_000;

  private static final Duration SAID_AGAIN = Duration.ofMinutes(1);

  private final DatabaseDsn dsn;
  private final Duration time;
  private final int connections;

  /** Whose it is may try a database that is away. */
  private final ReentrantLock trying = new ReentrantLock();

  /** Why it is away, or "" before it was tried; null: it is there, and so are the tables. */
  private volatile @Nullable String away = "";

  private volatile @Nullable HikariDataSource pool;
  private volatile boolean hasTables;
  private volatile boolean closed;
  private @Nullable String said;
  private long saidNanos;

  /**
   * One that isn't connected.
   *
   * @param time how long a call may take
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

  /** Whether the caller holds the lock now: it is the one that tries. */
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
      // the one that was waited for has tried it
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
      // also where the network is broken, or the server is stopped
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
    // it may be gone again
    config.setInitializationFailTimeout(-1);
    config.setConnectionInitSql(
        // so that no row stays locked for a server whose host has vanished
        "SET statement_timeout = %1$d; SET idle_in_transaction_session_timeout = %1$d;"
                .formatted(time.toMillis() + GRACE_MILLIS)
            // all bits, whatever the database's own setting is
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
    // values of rows are nobody's business in a log
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
      // somebody made the database anew
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

  /** The same is said once a minute. */
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
