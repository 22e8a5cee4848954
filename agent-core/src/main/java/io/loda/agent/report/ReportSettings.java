package io.loda.agent.report;

import io.loda.common.config.ConfigException;
import io.loda.common.config.HostPort;
import io.loda.common.profile.ProfileSettings;
import io.loda.common.settings.Setting;
import io.loda.common.settings.Settings;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The settings of the reporting agent, checked.
 *
 * @param server the address of the metrics server
 * @param logLevel debug, info, warn or error
 * @param pollInterval how often the numbers are read
 * @param reportInterval how often they are sent
 * @param batchSize the most metrics in a request
 * @param key the key of signatures; null: no signatures
 * @param rateLimit the most requests at the same time
 * @param profiles the files of the profiles that a signal starts
 */
public record ReportSettings(
    HostPort server,
    String logLevel,
    Duration pollInterval,
    Duration reportInterval,
    int batchSize,
    @Nullable String key,
    int rateLimit,
    ProfileSettings profiles) {

  private static final int MAX_BATCH = 10_000;
  private static final int MAX_AT_ONCE = 1_000;

  private static final Setting ADDRESS =
      Setting.of(
          "address",
          "a",
          "ADDRESS",
          "localhost:8080",
          "The metrics server, as host:port or http://host:port.");
  private static final Setting POLL_INTERVAL =
      Setting.of(
          "poll-interval",
          "p",
          "POLL_INTERVAL",
          "2",
          "How often numbers are read, in seconds or like 1m30s.");
  private static final Setting REPORT_INTERVAL =
      Setting.of(
          "report-interval",
          "r",
          "REPORT_INTERVAL",
          "10",
          "How often they are sent, in seconds or like 1m30s.");
  private static final Setting BATCH_SIZE =
      Setting.of("batch-size", "b", "BATCH_SIZE", "200", "How many metrics a request has at most.");
  private static final Setting RATE_LIMIT =
      Setting.of(
          "rate-limit", "m", "RATE_LIMIT", "10", "How many requests are sent at once at most.");

  /** All settings, in the order of {@code --help}. */
  public static final List<Setting> ALL =
      Stream.concat(
              Stream.of(
                  ADDRESS,
                  Setting.LOG_LEVEL,
                  POLL_INTERVAL,
                  REPORT_INTERVAL,
                  BATCH_SIZE,
                  Setting.KEY,
                  RATE_LIMIT),
              ProfileSettings.ALL.stream())
          .toList();

  /**
   * Reads the settings.
   *
   * @throws ConfigException with all wrong settings
   */
  public static ReportSettings of(Settings settings) throws ConfigException {
    ReportSettings read =
        new ReportSettings(
            settings.address(ADDRESS, "localhost", true),
            settings.level(Setting.LOG_LEVEL),
            settings.interval(POLL_INTERVAL, false),
            settings.interval(REPORT_INTERVAL, false),
            settings.count(BATCH_SIZE, MAX_BATCH),
            settings.textOrNull(Setting.KEY),
            settings.count(RATE_LIMIT, MAX_AT_ONCE),
            ProfileSettings.of(settings));
    settings.check();
    return read;
  }

  /** Returns the settings without the key. */
  @Override
  public String toString() {
    return "ReportSettings[server=" + server + "]";
  }
}
