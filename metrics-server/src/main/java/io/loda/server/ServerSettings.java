package io.loda.server;

import io.loda.common.config.ConfigException;
import io.loda.common.profile.ProfileSettings;
import io.loda.common.settings.Setting;
import io.loda.common.settings.Settings;
import io.loda.server.http.ApiSettings;
import io.loda.server.store.postgres.DatabaseDsn;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The settings of the server, checked.
 *
 * @param api address, key and time-out of the API
 * @param logLevel debug, info, warn or error
 * @param storeInterval how often the file is written; zero: each change, before its answer
 * @param file the file with the metrics; null: in memory only
 * @param restore whether the file is read at the start
 * @param database the PostgreSQL database; null: the file is used
 * @param profiles the files of the profiles that a signal starts
 */
record ServerSettings(
    ApiSettings api,
    String logLevel,
    Duration storeInterval,
    @Nullable Path file,
    boolean restore,
    @Nullable DatabaseDsn database,
    ProfileSettings profiles) {

  private static final Setting ADDRESS =
      Setting.of(
          "address",
          "a",
          "ADDRESS",
          "localhost:8080",
          "Where it listens, as host:port; :8080 is every address.");
  private static final Setting STORE_INTERVAL =
      Setting.of(
          "store-interval",
          "i",
          "STORE_INTERVAL",
          "300",
          "How often the file is written, in seconds or like 1m30s; 0: before each answer.");
  private static final Setting FILE =
      Setting.mayBeEmpty(
          "file-storage-path",
          "f",
          "FILE_STORAGE_PATH",
          "/tmp/metrics-db.json",
          "The file that keeps the metrics; empty: they are in memory only.");
  private static final Setting RESTORE =
      Setting.onOff("restore", "r", "RESTORE", true, "Whether it begins with what the file has.");
  private static final Setting DRIVER =
      Setting.of(
          "database-driver",
          null,
          "DATABASE_DRIVER",
          "pgx",
          "pgx or postgresql; both mean PostgreSQL.");
  static final Setting DSN =
      Setting.mayBeEmpty(
          "database-dsn",
          "d",
          "DATABASE_DSN",
          "",
          "PostgreSQL, as postgres://user:password@host:port/db?sslmode=disable or key=value; the"
              + " file isn't used then.");
  private static final Setting REQUIRE_SIGNATURE =
      Setting.onOff(
          "require-signature",
          null,
          "REQUIRE_SIGNATURE",
          true,
          "Whether a POST without a signature is refused where there is a key.");
  private static final Setting REQUEST_TIMEOUT =
      Setting.of(
          "request-timeout",
          null,
          "REQUEST_TIMEOUT",
          "10",
          "How long a request may take, in seconds or like 1m30s.");

  /** All settings, in the order of {@code --help}. */
  static final List<Setting> ALL =
      Stream.concat(
              Stream.of(
                  ADDRESS,
                  Setting.LOG_LEVEL,
                  STORE_INTERVAL,
                  FILE,
                  RESTORE,
                  DRIVER,
                  DSN,
                  Setting.KEY,
                  REQUIRE_SIGNATURE,
                  REQUEST_TIMEOUT),
              ProfileSettings.ALL.stream())
          .toList();

  /**
   * Reads the settings.
   *
   * @throws ConfigException with all wrong settings
   */
  static ServerSettings of(Settings settings) throws ConfigException {
    settings.oneOf(DRIVER, List.of("pgx", "postgresql"));
    ServerSettings read =
        new ServerSettings(
            new ApiSettings(
                settings.address(ADDRESS, "0.0.0.0", false),
                settings.textOrNull(Setting.KEY),
                settings.onOff(REQUIRE_SIGNATURE),
                settings.interval(REQUEST_TIMEOUT, false)),
            settings.level(Setting.LOG_LEVEL),
            settings.interval(STORE_INTERVAL, true),
            settings.pathOrNull(FILE),
            settings.onOff(RESTORE),
            database(settings),
            ProfileSettings.of(settings));
    settings.check();
    return read;
  }

  static @Nullable DatabaseDsn database(Settings settings) {
    String text = settings.textOrNull(DSN);
    if (text == null) {
      return null;
    }
    try {
      return DatabaseDsn.parse(text);
    } catch (IllegalArgumentException e) {
      // the message says what was expected and found, without the password
      settings.secretProblem(
          DSN,
          "a connection string of PostgreSQL",
          "one that can't be read (" + e.getMessage() + ")");
      return null;
    }
  }

  /** Returns the settings without the key and the password. */
  @Override
  public String toString() {
    return "ServerSettings[" + api + "]";
  }
}
