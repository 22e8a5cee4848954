package io.loda.server.store.postgres;

import static io.loda.server.metric.Metric.counter;
import static io.loda.server.metric.Metric.gauge;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.loda.common.testing.FreePort;
import io.loda.common.testing.Postgres;
import io.loda.server.metric.Batch;
import io.loda.server.metric.Kind;
import io.loda.server.metric.Metric;
import io.loda.server.metric.MetricId;
import io.loda.server.store.MetricStore;
import io.loda.server.store.StoreUnavailable;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** With a real server that ends, hangs or is late, a new one for each test. */
class PostgresFaultsIT {

  private static final Duration LONG = Duration.ofSeconds(50);
  private static final Duration SHORT = Duration.ofSeconds(3);

  private final Vertx vertx = Vertx.vertx();
  private final List<MetricStore> stores = new ArrayList<>();

  @SuppressWarnings("NullAway.Init")
  private Postgres postgres;

  @BeforeEach
  void prepare() throws Exception {
    postgres = Postgres.prepare();
  }

  @AfterEach
  void close() throws Exception {
    for (MetricStore store : stores) {
      get(store.close());
    }
    get(vertx.close());
    postgres.close();
  }

  private MetricStore open(Duration time, String dsn) throws Exception {
    MetricStore store = new PostgresStore(vertx, DatabaseDsn.parse(dsn), time);
    stores.add(store);
    get(store.open());
    return store;
  }

  private static <T> T get(Future<T> future) throws Exception {
    return future.toCompletionStage().toCompletableFuture().get(60, TimeUnit.SECONDS);
  }

  private static Batch batch(@Nullable String key, Metric... metrics) {
    return Batch.of(List.of(metrics), key);
  }

  private static long value(MetricStore store, String name) throws Exception {
    return get(store.find(new MetricId(Kind.COUNTER, name))).orElseThrow().bits();
  }

  @Test
  void connectsToAServerThatComesLater() throws Exception {
    MetricStore store = open(LONG, postgres.dsn("postgres"));
    assertThatThrownBy(() -> get(store.ping()))
        .hasCauseInstanceOf(StoreUnavailable.class)
        .hasMessageContaining("refused");
    MetricStore impatient = open(SHORT, postgres.dsn("postgres"));
    assertThatThrownBy(() -> get(impatient.update(batch(null, counter("c", 1)))))
        .hasCauseInstanceOf(StoreUnavailable.class);

    postgres.start();

    await().ignoreExceptions().untilAsserted(() -> get(store.ping()));
    assertThat(get(store.update(batch(null, counter("c", 1))))).containsExactly(counter("c", 1));
  }

  /** Those that came before the server did, whether they have a key or not. */
  @Test
  void anUpdateIsTriedAgainUntilTheServerIsThere() throws Exception {
    postgres.start();
    int port = FreePort.find();
    MetricStore store = open(LONG, postgres.dsn("postgres").replace(at(postgres.port()), at(port)));
    List<Future<List<Metric>>> early = new ArrayList<>();
    for (int i = 0; i < 50; i++) {
      early.add(store.update(batch(i % 2 == 0 ? "key-" + i : null, counter("c", 1))));
    }
    assertThatThrownBy(() -> get(store.ping())).hasMessageContaining("refused");

    try (LossyProxy proxy = new LossyProxy(port, postgres.port())) {
      for (Future<List<Metric>> one : early) {
        get(one);
      }
      assertThat(value(store, "c")).isEqualTo(50);
      assertThat(proxy.lost()).isZero();
    }
  }

  private static String at(int port) {
    return ":" + port + "/";
  }

  @Test
  void afterAKillEachCounterIsWhatWasAnswered() throws Exception {
    postgres.start();
    MetricStore store = open(LONG, postgres.dsn("postgres"));
    get(store.ping());
    ConcurrentHashMap<String, AtomicInteger> sent = new ConcurrentHashMap<>();
    AtomicBoolean over = new AtomicBoolean();
    List<Thread> agents = new ArrayList<>();
    for (int agent = 0; agent < 6; agent++) {
      String own = "own-" + agent;
      Thread thread =
          new Thread(
              () -> {
                for (int i = 0; !over.get(); i++) {
                  String key = own + "-" + i;
                  // one whose tries were too few comes again, as agents do it
                  await()
                      .ignoreExceptions()
                      .untilAsserted(
                          () -> get(store.update(batch(key, counter(own, 1), counter("all", 1)))));
                  sent.computeIfAbsent(own, name -> new AtomicInteger()).incrementAndGet();
                }
              });
      agents.add(thread);
      thread.start();
    }
    for (int kill = 0; kill < 3; kill++) {
      int before = total(sent);
      await().until(() -> total(sent) > before + 200);
      postgres.kill();
      postgres.start();
    }
    int before = total(sent);
    await().until(() -> total(sent) > before + 200);
    over.set(true);
    for (Thread thread : agents) {
      thread.join();
    }

    for (var own : sent.entrySet()) {
      assertThat(value(store, own.getKey())).as(own.getKey()).isEqualTo(own.getValue().get());
    }
    assertThat(value(store, "all")).isEqualTo(total(sent));
  }

  private static int total(ConcurrentHashMap<String, AtomicInteger> counts) {
    return counts.values().stream().mapToInt(AtomicInteger::get).sum();
  }

  @Test
  void aServerThatHangsHoldsUpNoCall() throws Exception {
    postgres.start();
    MetricStore store = open(SHORT, postgres.dsn("postgres"));
    await()
        .ignoreExceptions()
        .untilAsserted(() -> get(store.update(batch("first", counter("c", 1), gauge("g", 1)))));
    postgres.stop();

    List<Future<?>> calls = new ArrayList<>();
    for (int i = 0; i < 40; i++) {
      calls.add(store.update(batch("key-" + i, counter("c", 1))));
      calls.add(store.find(new MetricId(Kind.COUNTER, "c")));
      calls.add(store.list(null, 10));
      calls.add(store.ping());
    }
    for (Future<?> call : calls) {
      assertThatThrownBy(() -> get(call)).hasCauseInstanceOf(StoreUnavailable.class);
    }
    MetricStore second = open(SHORT, postgres.dsn("postgres"));
    assertThatThrownBy(() -> get(second.ping())).hasCauseInstanceOf(StoreUnavailable.class);
    get(second.close());

    postgres.resume();
    await().ignoreExceptions().untilAsserted(() -> get(store.ping()));
    for (int i = 0; i < 40; i++) {
      int key = i;
      await()
          .ignoreExceptions()
          .untilAsserted(() -> get(store.update(batch("key-" + key, counter("c", 1)))));
    }
    assertThat(value(store, "c")).isEqualTo(41);
  }

  /** Takes connections and never says a word: the login hangs. */
  @Test
  void aServerThatNeverAnswersALoginHoldsUpNoCall() throws Exception {
    try (ServerSocket silent =
        new ServerSocket(FreePort.find(), 200, InetAddress.getLoopbackAddress())) {
      MetricStore store =
          open(SHORT, "postgres://u:p@127.0.0.1:%d/d".formatted(silent.getLocalPort()));
      for (int i = 0; i < 3; i++) {
        assertThatThrownBy(() -> get(store.update(batch(null, counter("c", 1)))))
            .hasCauseInstanceOf(StoreUnavailable.class);
        assertThatThrownBy(() -> get(store.ping())).hasCauseInstanceOf(StoreUnavailable.class);
      }
    }
  }

  @Test
  void saysWhyItCannotConnect() throws Exception {
    postgres.start();
    MetricStore wrong = open(LONG, postgres.dsn("postgres").replace("s3cret", "forgotten"));
    assertThatThrownBy(() -> get(wrong.update(batch("key", counter("c", 1)))))
        .hasCauseInstanceOf(StoreUnavailable.class)
        .hasMessageContaining("password authentication failed")
        .hasMessageNotContaining("forgotten");
    MetricStore nowhere = open(LONG, postgres.dsn("nowhere"));
    assertThatThrownBy(() -> get(nowhere.ping())).hasMessageContaining("nowhere");
  }

  @Test
  void aCommitWhoseAnswerIsLostIsTriedAgainWithAKeyOnly() throws Exception {
    postgres.start();
    try (LossyProxy proxy = new LossyProxy(0, postgres.port())) {
      MetricStore store =
          open(LONG, postgres.dsn("postgres").replace(at(postgres.port()), at(proxy.port())));
      get(store.update(batch(null, counter("c", 1), counter("d", 1))));

      proxy.loseNextAnswer("COMMIT\0");
      assertThat(get(store.update(batch("key", counter("c", 1))))).containsExactly(counter("c", 2));
      assertThat(proxy.lost()).isEqualTo(1);
      assertThat(value(store, "c")).isEqualTo(2);

      proxy.loseNextAnswer("COMMIT\0");
      assertThatThrownBy(() -> get(store.update(batch(null, counter("d", 1)))))
          .hasCauseInstanceOf(StoreUnavailable.class)
          .hasMessageContaining("Idempotency-Key");
      assertThat(proxy.lost()).isEqualTo(2);
      assertThat(value(store, "d")).isEqualTo(2);
    }
  }

  /** What was lost before the commit changed nothing, so that it may come again without a key. */
  @Test
  void aConnectionThatBreaksBeforeTheCommitIsTriedAgain() throws Exception {
    postgres.start();
    try (LossyProxy proxy = new LossyProxy(0, postgres.port())) {
      MetricStore store =
          open(LONG, postgres.dsn("postgres").replace(at(postgres.port()), at(proxy.port())));
      get(store.update(batch(null, counter("c", 1))));

      proxy.loseNextAnswer("INSERT 0 1\0");
      assertThat(get(store.update(batch(null, counter("c", 1))))).containsExactly(counter("c", 2));
      assertThat(proxy.lost()).isEqualTo(1);
    }
  }

  @Test
  void deadlocksAndEndedSessionsAreTriedAgain() throws Exception {
    postgres.start();
    MetricStore store = open(LONG, postgres.dsn("postgres"));
    get(store.update(batch(null, counter("a", 1), counter("b", 1))));
    try (var connection = postgres.connect("postgres");
        var statement = connection.createStatement()) {
      // holds b and wants a; the store holds a and wants b
      connection.setAutoCommit(false);
      statement.execute("SET deadlock_timeout = '1min'");
      statement.execute("UPDATE metrics_server_values SET delta = 10 WHERE name = 'b'");
      Future<List<Metric>> update = store.update(batch(null, counter("a", 1), counter("b", 1)));
      try (var other = postgres.connect("postgres");
          var look = other.createStatement()) {
        await()
            .until(
                () -> {
                  try (var row =
                      look.executeQuery(
                          "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'")) {
                    row.next();
                    return row.getInt(1) == 1;
                  }
                });
      }
      statement.execute("UPDATE metrics_server_values SET delta = 10 WHERE name = 'a'");
      connection.commit();
      assertThat(get(update)).containsExactly(counter("a", 11), counter("b", 11));

      statement.execute(
          "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
              + " WHERE application_name = 'metrics-server'");
      connection.commit();
      assertThat(get(store.update(batch(null, counter("a", 1))))).containsExactly(counter("a", 12));
    }
  }
}
