package io.loda.agent.report;

import static io.loda.agent.report.MetricsServerDouble.accept;
import static io.loda.agent.report.MetricsServerDouble.refuse;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.loda.common.config.HostPort;
import io.loda.common.http.Signature;
import io.loda.common.profile.ProfileSettings;
import io.loda.common.telemetry.Counters;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ReporterTest {

  private static final Duration DEADLINE = Duration.ofSeconds(60);
  private static final Duration OFTEN = Duration.ofMillis(50);
  private static final Duration SOON = Duration.ofMillis(300);
  private static final Duration NEVER = Duration.ofHours(1);

  private final Vertx vertx = Vertx.vertx();
  private final Counters counters = new Counters();
  private String id = "";

  @AfterEach
  void close() {
    vertx.close().toCompletionStage().toCompletableFuture().join();
  }

  private void start(
      MetricsServerDouble server, Duration report, int batchSize, @Nullable String key, int most) {
    ReportSettings settings =
        new ReportSettings(
            new HostPort("127.0.0.1", server.port),
            "info",
            OFTEN,
            report,
            batchSize,
            key,
            most,
            new ProfileSettings(Path.of("c"), DEADLINE, Path.of("m")));
    id =
        vertx
            .deployVerticle(new Reporter(settings, counters))
            .toCompletionStage()
            .toCompletableFuture()
            .join();
  }

  private void stop() {
    vertx.undeploy(id).toCompletionStage().toCompletableFuture().join();
  }

  @Test
  void reportsEachNameAndThatTheyChange() {
    try (MetricsServerDouble server =
        new MetricsServerDouble((n, request) -> accept(request, null))) {
      start(server, SOON, 200, null, 10);
      await().atMost(DEADLINE).until(() -> server.posts.size() >= 2);

      MetricsServerDouble.Post post = server.posts.get(1);
      assertThat(post.path()).isEqualTo("/updates/");
      assertThat(post.signature()).isNull();
      Set<String> names =
          post.metrics().stream()
              .map(JsonObject.class::cast)
              .map(metric -> metric.getString("type") + " " + metric.getString("id"))
              .filter(name -> !name.matches(".*(CPUU|CPUu)tilization([2-9]|..+)"))
              .collect(Collectors.toCollection(TreeSet::new));
      assertThat(names)
          .isEqualTo(
              new TreeSet<>(
                  List.of(
                      ("counter PollCount,gauge Alloc,gauge BuckHashSys,gauge CPUUtilization1,gauge"
                              + " CPUutilization1,gauge FreeMemory,gauge Frees,gauge"
                              + " GCCPUFraction,gauge GCSys,gauge HeapAlloc,gauge HeapIdle,gauge"
                              + " HeapInuse,gauge HeapObjects,gauge HeapReleased,gauge"
                              + " HeapSys,gauge LastGC,gauge Lookups,gauge MCacheInuse,gauge"
                              + " MCacheSys,gauge MSpanInuse,gauge MSpanSys,gauge Mallocs,gauge"
                              + " NextGC,gauge NumForcedGC,gauge NumGC,gauge OtherSys,gauge"
                              + " PauseTotalNs,gauge RandomValue,gauge StackInuse,gauge"
                              + " StackSys,gauge Sys,gauge TotalAlloc,gauge TotalMemory")
                          .split(",", -1))));
      assertThat(server.posts.get(0).polls()).isPositive();
    }
  }

  /** Each poll is counted once, whatever becomes of the answers. */
  @Test
  void sendsTheSameBytesWithTheSameKeyUntilTheServerHasThem() {
    try (MetricsServerDouble server =
        new MetricsServerDouble(
            (n, request) -> {
              switch (n) {
                case 1 -> refuse(request, 503);
                case 2 -> request.connection().close();
                default -> accept(request, null);
              }
            })) {
      start(server, SOON, 200, null, 10);
      await().atMost(DEADLINE).until(() -> server.posts.size() >= 4);

      List<MetricsServerDouble.Post> posts = server.posts;
      assertThat(posts.get(1)).isEqualTo(posts.get(0));
      assertThat(posts.get(2)).isEqualTo(posts.get(0));
      assertThat(posts.get(3).key()).isNotEqualTo(posts.get(0).key());
      // those of the outage, in one sum
      assertThat(posts.get(3).polls()).isGreaterThan(posts.get(0).polls());
      assertThat(counters.get("report.tries.failed")).isEqualTo(2);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {400, 404, 500})
  void dropsWhatTheServerRefusesButNotThePolls(int status) {
    try (MetricsServerDouble server =
        new MetricsServerDouble(
            (n, request) -> {
              if (n == 1) {
                refuse(request, status);
              } else {
                accept(request, null);
              }
            })) {
      start(server, SOON, 200, null, 10);
      await().atMost(DEADLINE).until(() -> server.posts.size() >= 2);

      assertThat(server.posts.get(1).key()).isNotEqualTo(server.posts.get(0).key());
      assertThat(server.posts.get(1).polls()).isGreaterThan(server.posts.get(0).polls());
      assertThat(counters.get("report.metrics.refused")).isPositive();
    }
  }

  @Test
  void signsAndDoesNotSendAgainWhatWasAnsweredUnsigned() {
    Signature signature = new Signature("secret");
    try (MetricsServerDouble server =
        new MetricsServerDouble((n, request) -> accept(request, n == 2 ? signature : null))) {
      start(server, SOON, 200, "secret", 10);
      await().atMost(DEADLINE).until(() -> server.posts.size() >= 3);

      for (MetricsServerDouble.Post post : server.posts) {
        assertThat(post.signature())
            .isEqualTo(signature.of(post.bytes().getBytes(), post.bytes().length()));
      }
      assertThat(server.posts.stream().map(MetricsServerDouble.Post::key).distinct())
          .hasSameSizeAs(server.posts);
      await().atMost(DEADLINE).until(() -> counters.get("report.answers.unsigned") >= 2);
    }
  }

  @Test
  void sendsInPartsAndNoMoreAtOnceThanAllowed() {
    try (MetricsServerDouble server =
        new MetricsServerDouble(
            (n, request) -> vertx.setTimer(20, unused -> accept(request, null)))) {
      start(server, SOON, 5, null, 2);
      await().atMost(DEADLINE).until(() -> server.posts.size() >= 7);

      assertThat(server.posts).allSatisfy(post -> assertThat(post.metrics()).hasSizeBetween(1, 5));
      assertThat(server.mostAtOnce.get()).isEqualTo(2);
    }
  }

  @Test
  void reportsTheRestAtTheStop() {
    try (MetricsServerDouble server =
        new MetricsServerDouble((n, request) -> accept(request, null))) {
      start(server, NEVER, 200, null, 10);
      await().atMost(DEADLINE).until(() -> counters.get("report.polls") >= 3);
      stop();

      // a poll under way may come after the first
      assertThat(server.posts.stream().mapToLong(MetricsServerDouble.Post::polls).sum())
          .isGreaterThanOrEqualTo(3);
    }
  }

  /**
   * The server hangs: the stop ends all the same, and a pause before another try isn't waited for.
   */
  @Test
  void stopsWhileTheServerHangs() {
    try (MetricsServerDouble server = new MetricsServerDouble((n, request) -> {})) {
      start(server, SOON, 200, null, 10);
      await().atMost(DEADLINE).until(() -> server.posts.size() == 1);
      stop();
      assertThat(server.posts).hasSize(1);
    }
  }

  /** The stop doesn't wait for the pause before another try. */
  @Test
  void triesOnceMoreAtTheStop() {
    try (MetricsServerDouble server =
        new MetricsServerDouble((n, request) -> refuse(request, 503))) {
      start(server, SOON, 200, null, 10);
      await().atMost(DEADLINE).until(() -> counters.get("report.tries.failed") >= 1);
      stop();
      assertThat(server.posts.size()).isGreaterThanOrEqualTo(2);
    }
  }

  @Test
  void keepsTheNewestGaugeAndTheSumOfACounterWithinItsBound() {
    WaitingMetrics waiting = new WaitingMetrics();
    for (int i = 0; i < WaitingMetrics.MOST + 10; i++) {
      waiting.gauge("g" + i, i);
    }
    waiting.gauge("g0", 7);
    waiting.gauge("g1", Double.NaN);
    assertThat(waiting.size()).isEqualTo(WaitingMetrics.MOST);
    assertThat(waiting.dropped()).isEqualTo(10);
    List<WaitingMetrics.Part> parts = waiting.take(WaitingMetrics.MOST);
    assertThat(parts).hasSize(1);
    assertThat(parts.get(0).json())
        .startsWith("[{\"id\":\"g0\",\"type\":\"gauge\",\"value\":7.0},{\"id\":\"g1\"");
    assertThat(waiting.size()).isZero();

    waiting.counter("c", 1);
    waiting.counter("c", 2);
    assertThat(waiting.take(1).get(0).json())
        .isEqualTo("[{\"id\":\"c\",\"type\":\"counter\",\"delta\":3}]");
  }
}
