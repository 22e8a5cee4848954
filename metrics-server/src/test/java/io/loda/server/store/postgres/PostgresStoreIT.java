package io.loda.server.store.postgres;

import static io.loda.server.metric.Metric.counter;
import static io.loda.server.metric.Metric.gauge;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.ThrowableProxyUtil;
import ch.qos.logback.core.read.ListAppender;
import io.loda.common.testing.Postgres;
import io.loda.server.metric.BadMetric;
import io.loda.server.metric.Batch;
import io.loda.server.metric.Kind;
import io.loda.server.metric.Metric;
import io.loda.server.store.MetricStore;
import io.loda.server.store.MetricStoreContract;
import io.loda.server.store.StoreUnavailable;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/** With a real server, and for each test a database with nothing in it. */
class PostgresStoreIT extends MetricStoreContract {

  private static final Duration TIME = Duration.ofSeconds(30);

  @SuppressWarnings("NullAway.Init")
  private static Postgres postgres;

  @SuppressWarnings("NullAway.Init")
  private static Vertx vertx;

  @SuppressWarnings("NullAway.Init")
  private String database;

  @BeforeAll
  static void start() throws Exception {
    postgres = Postgres.started();
    vertx = Vertx.vertx();
  }

  @AfterAll
  static void end() throws Exception {
    await(vertx.close());
    postgres.close();
  }

  @Override
  protected MetricStore create() throws Exception {
    database = postgres.createDatabase();
    return another(TIME);
  }

  private MetricStore another(Duration time) {
    return new PostgresStore(vertx, DatabaseDsn.parse(postgres.dsn(database)), time);
  }

  private void sql(String... statements) throws SQLException {
    try (Connection connection = postgres.connect(database);
        Statement statement = connection.createStatement()) {
      for (String sql : statements) {
        statement.execute(sql);
      }
    }
  }

  private long number(String query) throws SQLException {
    try (Connection connection = postgres.connect(database);
        Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(query)) {
      row.next();
      return row.getLong(1);
    }
  }

  @Test
  void keepsSubnormalsAndTheLastBitInBothWaysOfReading() {
    double[] values = {4.9e-324, -Double.MIN_NORMAL / 3, Math.nextUp(1e300), -0.0, 1.0 / 3};
    // the driver changes from text to binary after some executions
    for (int i = 0; i < 20; i++) {
      for (double value : values) {
        assertThat(update(gauge("g", value))).containsExactly(gauge("g", value));
        assertThat(find(Kind.GAUGE, "g")).isEqualTo(gauge("g", value));
      }
    }
  }

  @Test
  void anAnswerIsInTheOrderOfItsBatch() {
    assertThat(update(gauge("b", 1), counter("a", 1), gauge("a", 2), counter("b", 3)))
        .containsExactly(gauge("b", 1), counter("a", 1), gauge("a", 2), counter("b", 3));
  }

  @Test
  void saysWhenAMetricChanged() throws Exception {
    update(gauge("old", 1), gauge("new", 1));
    sql("UPDATE metrics_server_values SET changed_at = '2026-01-01T00:00:00Z'");
    update(gauge("new", 1));

    List<MetricStore.Listed> listed = await(store().list(null, 10));
    assertThat(listed.get(0).changed()).isAfter(Instant.parse("2026-01-02T00:00:00Z"));
    assertThat(listed.get(1).changed()).isEqualTo(Instant.parse("2026-01-01T00:00:00Z"));
  }

  @Test
  void anOverflowNamesTheCounterAndNoneButIt() {
    update(counter("a", 1), counter("full", Long.MIN_VALUE), counter("z", 1));

    assertThatThrownBy(() -> update(counter("a", 1), counter("full", -1), counter("z", 1)))
        .hasCauseInstanceOf(BadMetric.class)
        .hasMessageContaining(
            "counter \"full\": expected a sum of 64 bits, found -9223372036854775808 + -1");
  }

  @Test
  void aKnownKeyIsAnsweredAlsoWhereItsBatchWouldOverflowNow() {
    List<Metric> first = update("key", counter("c", Long.MAX_VALUE));

    assertThat(update("key", counter("c", Long.MAX_VALUE))).isEqualTo(first);
  }

  @Test
  void forgetsAKeyAfterTenMinutes() throws Exception {
    update("key", counter("c", 1));
    String age = "UPDATE metrics_server_requests SET answered_at = now() - interval '%s'";

    sql(age.formatted("590 seconds"));
    assertThat(update("key", counter("c", 1))).containsExactly(counter("c", 1));
    sql(age.formatted("601 seconds"));
    assertThat(update("key", counter("c", 1))).containsExactly(counter("c", 2));
    assertThat(update("key", counter("c", 1))).containsExactly(counter("c", 2));
  }

  @Test
  void deletesOldKeysByItself() throws Exception {
    update("old", counter("c", 1));
    sql("UPDATE metrics_server_requests SET answered_at = now() - interval '601 seconds'");
    update("new", counter("c", 1));

    Awaitility.await()
        .untilAsserted(
            () -> assertThat(number("SELECT count(*) FROM metrics_server_requests")).isEqualTo(1));
    assertThat(update("new", counter("c", 1))).containsExactly(counter("c", 2));
  }

  @Test
  void theSameKeyAtTheSameTimeCountsOnce() {
    for (int round = 0; round < 20; round++) {
      String key = "key-" + round;
      int counted = round + 1;
      List<Future<List<Metric>>> all =
          IntStream.range(0, 8)
              .mapToObj(i -> store().update(Batch.of(List.of(counter("c", 1)), key)))
              .toList();
      all.forEach(one -> assertThat(await(one)).containsExactly(counter("c", counted)));
    }
  }

  /** Each waits for the others at the first name, in whatever order they came. */
  @Test
  void batchesInOtherOrdersNeverDeadlock() {
    List<Metric> forth = IntStream.range(0, 300).mapToObj(i -> counter("n" + i, 1)).toList();
    List<Metric> back = new ArrayList<>(forth);
    Collections.reverse(back);
    Logger log = (Logger) LoggerFactory.getLogger(Database.class);
    ListAppender<ILoggingEvent> said = new ListAppender<>();
    said.start();
    log.addAppender(said);
    try {
      List<Future<List<Metric>>> all =
          IntStream.range(0, 100)
              .mapToObj(i -> store().update(Batch.of(i % 2 == 0 ? forth : back, null)))
              .toList();
      all.forEach(MetricStoreContract::await);
    } finally {
      log.detachAppender(said);
    }

    assertThat(said.list)
        .extracting(ILoggingEvent::getFormattedMessage)
        .noneMatch(message -> message.contains("40P01"));
    assertThat(find(Kind.COUNTER, "n299")).isEqualTo(counter("n299", 100));
  }

  @Test
  void waitsForTheSameKeyInATransactionThatIsStillOpen() throws Exception {
    update(counter("c", 1));
    List<Metric> answer = List.of(counter("other", 42));
    Future<List<Metric>> second;
    try (Connection connection = postgres.connect(database)) {
      connection.setAutoCommit(false);
      try (var insert =
          connection.prepareStatement(
              "INSERT INTO metrics_server_requests VALUES ('key', now(), ?)")) {
        insert.setBytes(1, AnswerBytes.write(answer));
        insert.execute();
      }
      second = store().update(Batch.of(List.of(counter("c", 1)), "key"));
      Awaitility.await().until(() -> waiting() == 1);
      assertThat(second.isComplete()).isFalse();
      connection.commit();
    }

    assertThat(await(second)).isEqualTo(answer);
    assertThat(find(Kind.COUNTER, "c")).isEqualTo(counter("c", 1));
  }

  @Test
  void takesTheKeyOfATransactionThatWasUndone() throws Exception {
    update(counter("c", 1));
    Future<List<Metric>> second;
    try (Connection connection = postgres.connect(database);
        Statement statement = connection.createStatement()) {
      connection.setAutoCommit(false);
      statement.execute("INSERT INTO metrics_server_requests VALUES ('key', now(), '')");
      second = store().update(Batch.of(List.of(counter("c", 1)), "key"));
      Awaitility.await().until(() -> waiting() == 1);
      connection.rollback();
    }

    assertThat(await(second)).containsExactly(counter("c", 2));
  }

  private long waiting() throws SQLException {
    return number(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
            + " AND wait_event_type = 'Lock'");
  }

  /** A row that somebody else holds for longer than a request's time. */
  @Test
  void endsInItsTimeAndChangesNothingWhereALockIsHeld() throws Exception {
    update(gauge("a", 1), counter("c", 1));
    MetricStore impatient = another(Duration.ofSeconds(2));
    await(impatient.open());
    Awaitility.await().ignoreExceptions().untilAsserted(() -> await(impatient.ping()));
    try (Connection connection = postgres.connect(database);
        Statement statement = connection.createStatement()) {
      connection.setAutoCommit(false);
      statement.execute("UPDATE metrics_server_values SET delta = 1 WHERE name = 'c'");

      assertThatThrownBy(
              () ->
                  await(impatient.update(Batch.of(List.of(gauge("a", 2), counter("c", 1)), null))))
          .hasCauseInstanceOf(StoreUnavailable.class);
      Awaitility.await().until(() -> waiting() == 0);
      connection.commit();
    }
    await(impatient.close());

    assertThat(find(Kind.GAUGE, "a")).isEqualTo(gauge("a", 1));
    assertThat(find(Kind.COUNTER, "c")).isEqualTo(counter("c", 1));
  }

  @Test
  void readersSeeAllOfABatchOrNothing() {
    update(gauge("a", 0), gauge("b", 0));
    Future<?> writes = Future.succeededFuture();
    for (int i = 1; i <= 200; i++) {
      int value = i;
      writes =
          writes.compose(
              unused ->
                  store().update(Batch.of(List.of(gauge("b", value), gauge("a", value)), null)));
    }
    while (!writes.isComplete()) {
      List<MetricStore.Listed> listed = await(store().list(null, 2));
      assertThat(listed.get(0).metric().bits()).isEqualTo(listed.get(1).metric().bits());
    }
    await(writes);
  }

  @Test
  void twoStoresOpenAtOnceOnAnEmptyDatabase() throws Exception {
    for (int round = 0; round < 5; round++) {
      database = postgres.createDatabase();
      // tables of somebody else's
      sql("CREATE TABLE metrics (name text)", "CREATE TABLE flyway_schema_history (x text)");
      List<MetricStore> both = List.of(another(TIME), another(TIME), another(TIME));
      both.forEach(store -> await(store.open()));
      List<? extends Future<?>> updates =
          both.stream()
              .map(store -> store.update(Batch.of(List.of(counter("c", 1)), null)))
              .toList();
      updates.forEach(MetricStoreContract::await);

      assertThat(number("SELECT delta FROM metrics_server_values")).isEqualTo(3);
      both.forEach(store -> await(store.close()));
    }
  }

  @Test
  void findsWhatWasThereBefore() {
    update("key", counter("c", 5), gauge("g", 1.5));
    MetricStore second = another(TIME);
    await(second.open());

    assertThat(await(second.update(Batch.of(List.of(counter("c", 5)), "key"))))
        .containsExactly(counter("c", 5), gauge("g", 1.5));
    assertThat(await(second.update(Batch.of(List.of(counter("c", 1)), null))))
        .containsExactly(counter("c", 6));
    await(second.close());
  }

  @Test
  void makesItsTablesAnewWhereSomebodyDroppedAll() throws Exception {
    update(counter("c", 5));
    sql("DROP TABLE metrics_server_values, metrics_server_requests, metrics_server_schema");

    assertThatThrownBy(() -> update(counter("c", 1))).hasCauseInstanceOf(StoreUnavailable.class);
    assertThat(update(counter("c", 1))).containsExactly(counter("c", 1));
  }

  @Test
  void refusesADatabaseThatCannotSayEachName() throws Exception {
    database = postgres.createDatabase();
    sql("CREATE DATABASE latin ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0");
    database = "latin";
    MetricStore store = another(TIME);
    await(store.open());

    assertThatThrownBy(() -> await(store.ping()))
        .hasCauseInstanceOf(StoreUnavailable.class)
        .hasMessageContaining("expected UTF8, found LATIN1");
    await(store.close());
  }

  @Test
  void noThirdPartyChangesAnAnswerByItsSettings() throws Exception {
    sql(
        "ALTER DATABASE " + database + " SET default_transaction_isolation = 'serializable'",
        "ALTER DATABASE " + database + " SET extra_float_digits = 0",
        "ALTER DATABASE " + database + " SET DateStyle = 'SQL, DMY'",
        "ALTER DATABASE " + database + " SET bytea_output = 'escape'");
    MetricStore second = another(TIME);
    await(second.open());
    List<Metric> batch = List.of(gauge("g", 0.1 + 0.2), counter("c", 1));

    assertThat(await(second.update(Batch.of(batch, "key")))).isEqualTo(batch);
    assertThat(await(second.update(Batch.of(batch, "key")))).isEqualTo(batch);
    assertThat(await(second.list(null, 10))).hasSize(2);
    await(second.close());
  }

  /** Of all that it and its libraries say, and of the failures that it hands on. */
  @Test
  void showsThePasswordNowhere() {
    Logger root = (Logger) LoggerFactory.getLogger(Logger.ROOT_LOGGER_NAME);
    Level before = root.getLevel();
    ListAppender<ILoggingEvent> said = new ListAppender<>();
    said.start();
    root.addAppender(said);
    root.setLevel(Level.TRACE);
    try {
      for (String password : List.of("s3cret", "wr0ng")) {
        MetricStore second =
            new PostgresStore(
                vertx, DatabaseDsn.parse(postgres.dsn(database).replace("s3cret", password)), TIME);
        await(second.open());
        Future<?> ping =
            await(second.ping().transform(done -> Future.succeededFuture((Future<?>) done)));
        if (ping.failed()) {
          StringWriter trace = new StringWriter();
          ping.cause().printStackTrace(new PrintWriter(trace));
          assertThat(trace.toString()).contains("tester").doesNotContain("of the tests");
        }
        await(second.close());
      }
    } finally {
      root.setLevel(before);
      root.detachAppender(said);
    }
    assertThat(List.copyOf(said.list))
        .isNotEmpty()
        .allSatisfy(
            event ->
                assertThat(
                        event.getFormattedMessage()
                            + (event.getThrowableProxy() == null
                                ? ""
                                : ThrowableProxyUtil.asString(event.getThrowableProxy())))
                    .doesNotContain("of the tests")
                    .doesNotContain("of%20the%20tests"));
  }

  @Test
  void whatIsAskedAfterTheCloseFails() {
    MetricStore second = another(TIME);
    await(second.open());
    await(second.ping());
    await(second.close());

    assertThatThrownBy(() -> await(second.ping())).hasCauseInstanceOf(StoreUnavailable.class);
    await(second.close());
  }
}
