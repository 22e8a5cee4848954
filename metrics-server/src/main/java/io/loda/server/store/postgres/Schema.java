package io.loda.server.store.postgres;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.HashMap;
import java.util.Map;
import java.util.Properties;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.FlywayException;
import org.jspecify.annotations.Nullable;

/**
 * Creates the tables, or migrates those of an older version. If two servers do so at once, one
 * waits. The names of the tables begin with {@code metrics_server}, so they can share a database
 * with others.
 */
final class Schema {

  /** Contains no host: the properties have the whole address. */
  static final String URL = "jdbc:postgresql:///";

  private static final String FOLDER = "classpath:io/loda/server/store/postgres/schema";
  private static final String HISTORY = "metrics_server_schema";

  /** The id of the advisory lock; a random number, so that no other program uses it. */
  private static final long LOCK = 7_305_808_846_512_133_472L;

  private Schema() {}

  /** Creates or migrates the tables, on its own connections. Blocks. */
  static void make(Properties properties) throws SQLException {
    try (Connection connection = DriverManager.getConnection(URL, properties);
        Statement statement = connection.createStatement()) {
      checkEncoding(statement);
      // Flyway takes its own lock only after it has looked for existing tables
      statement.execute("SELECT pg_advisory_lock(" + LOCK + ")");
      migrate(properties);
    } catch (FlywayException e) {
      throw sql(e);
    }
  }

  private static void checkEncoding(Statement statement) throws SQLException {
    try (ResultSet row = statement.executeQuery("SHOW server_encoding")) {
      row.next();
      if (!row.getString(1).equals("UTF8")) {
        throw new SQLException(
            "the database's encoding: expected UTF8, found "
                + row.getString(1)
                + "; make it with CREATE DATABASE … ENCODING 'UTF8' TEMPLATE template0");
      }
    }
  }

  private static void migrate(Properties properties) {
    Map<String, String> named = new HashMap<>();
    properties.stringPropertyNames().forEach(name -> named.put(name, properties.getProperty(name)));
    Flyway.configure(Schema.class.getClassLoader())
        .loggers("slf4j")
        .dataSource(URL, properties.getProperty("user"), properties.getProperty("password"))
        .jdbcProperties(named)
        .locations(FOLDER)
        .table(HISTORY)
        // the schema may have tables of others; our migrations begin with 1
        .baselineOnMigrate(true)
        .baselineVersion("0")
        .load()
        .migrate();
  }

  private static SQLException sql(FlywayException e) {
    for (@Nullable Throwable cause = e; cause != null; cause = cause.getCause()) {
      if (cause instanceof SQLException sql) {
        return sql;
      }
    }
    return new SQLException("the tables can't be made: " + e.getMessage(), e);
  }
}
