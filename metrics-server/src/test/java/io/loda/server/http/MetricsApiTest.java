package io.loda.server.http;

import static io.loda.server.http.RunningApi.gunzip;
import static io.loda.server.http.RunningApi.gzip;
import static io.loda.server.http.RunningApi.text;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.loda.server.store.HangingStore;
import io.loda.server.store.MemoryStore;
import io.loda.server.store.MetricStore;
import io.vertx.core.Promise;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Clock;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The contract call by call, without a key. */
class MetricsApiTest {

  private static final String ALLOC = "{\"id\":\"Alloc\",\"type\":\"gauge\",\"value\":1.5}";
  private static final String POLLS = "{\"id\":\"PollCount\",\"type\":\"counter\",\"delta\":3}";

  private final RunningApi api = new RunningApi();

  @AfterEach
  void close() {
    api.close();
  }

  @Test
  void storesOneFromThePath() throws Exception {
    HttpResponse<byte[]> answer = api.post("/update/gauge/Alloc/1.50", "");
    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(answer.body()).isEmpty();
    api.post("/update/counter/PollCount/3/", "");
    api.post("/update/counter/PollCount/4", "");

    HttpResponse<byte[]> value = api.get("/value/gauge/Alloc", "Accept-Encoding", "gzip");
    assertThat(text(value)).isEqualTo("1.5");
    assertThat(value.headers().firstValue("Content-Type"))
        .get()
        .asString()
        .startsWith("text/plain");
    assertThat(value.headers().firstValue("Content-Encoding")).isEmpty();
    assertThat(text(api.get("/value/counter/PollCount/"))).isEqualTo("7");
  }

  @ParameterizedTest
  @CsvSource({
    "/update/gauge/a/x, 400",
    "/update/gauge/a/NaN, 400",
    "/update/gauge/a/1%20, 400",
    "/update/gauge/a/0x1p4, 400",
    "/update/gauge/%20/1, 400",
    "/update/gauge/a%00b/1, 400",
    "/update/gauge/%ff/1, 400",
    "/update/counter/a/1.0, 400",
    "/update/counter/a/%2B1, 400",
    "/update/Gauge/a/1, 400",
    "/update/histogram/a/1, 400",
    "/update/gauge//1, 404",
    "/update/gauge/, 404",
    "/update/gauge, 404",
    "/update/gauge/a, 404",
    "/update/gauge/a/, 404",
    "/update/gauge/a/1/2, 404",
    "/updates/x, 404",
    "/nothing, 404",
  })
  void refusesOtherPaths(String path, int status) throws Exception {
    HttpResponse<byte[]> answer = api.post(path, "");

    assertThat(answer.statusCode()).isEqualTo(status);
    assertThat(answer.headers().firstValue("Content-Type")).contains("application/json");
    assertThat(text(answer))
        .startsWith("{\"code\":" + status + ",\"message\":\"")
        .endsWith("\",\"details\":[]}");
    assertThat(text(api.get("/"))).contains("No metrics yet");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"a%2Fb", "..", ".", "%2e%2e", "a+b", "a%20b", "%E9%9B%AA", "a;b", "a%25b"})
  void takesAnyName(String encoded) throws Exception {
    assertThat(api.post("/update/counter/" + encoded + "/5", "").statusCode()).isEqualTo(200);
    assertThat(text(api.get("/value/counter/" + encoded))).isEqualTo("5");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"/update/gauge/%zz/1", "/%zz", "/update/gauge/a%2/1", "/update/gauge/%e0%80/1"})
  void refusesAPathThatIsNotEncoded(String path) throws Exception {
    String answer = api.raw("POST " + path + " HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n");
    assertThat(answer).startsWith("HTTP/1.1 400 ").contains("{\"code\":400,\"message\":\"path: ");
  }

  @ParameterizedTest
  @ValueSource(strings = {"/update", "/update/"})
  void storesOneFromJson(String path) throws Exception {
    HttpResponse<byte[]> answer = api.post(path, POLLS);
    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(answer.headers().firstValue("Content-Type")).contains("application/json");
    assertThat(text(answer)).isEqualTo(POLLS);
    assertThat(text(api.post(path, POLLS))).isEqualTo(POLLS.replace("3", "6"));
    assertThat(text(api.post(path, ALLOC, "Content-Type", "text/plain"))).isEqualTo(ALLOC);
  }

  @ParameterizedTest
  @ValueSource(strings = {"/updates", "/updates/"})
  void storesMany(String path) throws Exception {
    HttpResponse<byte[]> answer =
        api.post(
            path, "[" + ALLOC + "," + POLLS + "," + ALLOC.replace("1.5", "2") + "," + POLLS + "]");

    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(text(answer))
        .isEqualTo("[" + ALLOC.replace("1.5", "2") + "," + POLLS.replace("3", "6") + "]");
    assertThat(api.post(path, "[]").statusCode()).isEqualTo(400);
    assertThat(text(api.post(path, "[" + POLLS + ",{}]"))).contains("item 2");
    assertThat(text(api.get("/value/counter/PollCount"))).isEqualTo("6");
  }

  @ParameterizedTest
  @ValueSource(strings = {"/value", "/value/"})
  void tellsAValue(String path) throws Exception {
    api.post("/update", ALLOC);
    assertThat(text(api.post(path, "{\"id\":\"Alloc\",\"type\":\"gauge\"}"))).isEqualTo(ALLOC);
    assertThat(api.post(path, "{\"id\":\"Alloc\",\"type\":\"counter\"}").statusCode())
        .isEqualTo(404);
    assertThat(api.post(path, "{\"id\":\"Alloc\"}").statusCode()).isEqualTo(400);
    assertThat(api.post(path, "{\"type\":\"gauge\"}").statusCode()).isEqualTo(400);
    assertThat(api.post(path, "{\"id\":\"Alloc\",\"type\":\"Gauge\"}").statusCode()).isEqualTo(400);
    assertThat(api.get("/value/gauge/none").statusCode()).isEqualTo(404);
    assertThat(api.get("/value/histogram/Alloc").statusCode()).isEqualTo(404);
    assertThat(api.get("/value/gauge").statusCode()).isEqualTo(404);
  }

  @ParameterizedTest
  @CsvSource({
    "GET, /update/gauge/a/1, POST",
    "GET, /update/, POST",
    "PUT, /updates, POST",
    "GET, /value/, POST",
    "POST, /value/gauge/a, 'GET, HEAD'",
    "POST, /ping, 'GET, HEAD'",
    "DELETE, /, 'GET, HEAD'"
  })
  void refusesAnotherMethod(String method, String path, String allow) throws Exception {
    HttpResponse<byte[]> answer =
        api.send(api.request(path).method(method, HttpRequest.BodyPublishers.noBody()).build());
    assertThat(answer.statusCode()).isEqualTo(405);
    assertThat(answer.headers().firstValue("Allow")).contains(allow);
  }

  @ParameterizedTest
  @ValueSource(strings = {"/ping", "/ping/"})
  void answersAPing(String path) throws Exception {
    assertThat(api.get(path).statusCode()).isEqualTo(200);
    assertThat(
            api.send(api.request(path).method("HEAD", HttpRequest.BodyPublishers.noBody()).build())
                .statusCode())
        .isEqualTo(200);
  }

  @Test
  void packsJsonAndHtmlForThoseWhoTakeThat() throws Exception {
    HttpResponse<byte[]> answer = api.post("/update", ALLOC, "Accept-Encoding", "gzip, deflate");
    assertThat(answer.headers().firstValue("Content-Encoding")).contains("gzip");
    assertThat(answer.headers().firstValue("Vary")).contains("Accept-Encoding");
    assertThat(gunzip(answer.body())).isEqualTo(ALLOC);
    assertThat(gunzip(api.get("/", "Accept-Encoding", "gzip").body())).contains("Alloc");
    assertThat(gunzip(api.get("/value/gauge/b", "Accept-Encoding", "*").body())).contains("404");
    HttpResponse<byte[]> plain = api.get("/", "Accept-Encoding", "br, gzip;q=0");
    assertThat(plain.headers().firstValue("Content-Encoding")).isEmpty();
    assertThat(plain.headers().firstValue("Vary")).contains("Accept-Encoding");
  }

  @Test
  void unpacksBodies() throws Exception {
    assertThat(text(api.post("/updates", gzip("[" + ALLOC + "]"), "Content-Encoding", "gzip")))
        .isEqualTo("[" + ALLOC + "]");
    byte[] broken = gzip("[" + POLLS + "]");
    broken[broken.length - 5] ^= 1;
    assertThat(api.post("/updates", broken, "Content-Encoding", "gzip").statusCode())
        .isEqualTo(400);
    assertThat(api.post("/updates", POLLS, "Content-Encoding", "gzip").statusCode()).isEqualTo(400);
    assertThat(api.post("/updates", POLLS, "Content-Encoding", "br").statusCode()).isEqualTo(415);
    assertThat(api.get("/value/counter/PollCount").statusCode()).isEqualTo(404);
  }

  @Test
  void refusesWhatIsTooLargePackedOrNot() throws Exception {
    assertThat(api.post("/updates", " ".repeat((8 << 20) + 1)).statusCode()).isEqualTo(413);
    assertThat(
            api.post("/updates", gzip(" ".repeat((8 << 20) + 1)), "Content-Encoding", "gzip")
                .statusCode())
        .isEqualTo(413);
    assertThat(api.post("/updates", "[".repeat(8 << 20)).statusCode()).isEqualTo(400);
    await().atMost(Duration.ofSeconds(60)).until(() -> api.bodies.usedBytes() == 0);
  }

  @Test
  void takesALargeList() throws Exception {
    String list =
        IntStream.range(0, 50_000)
            .mapToObj(i -> POLLS.replace("PollCount", "polls-" + i))
            .collect(Collectors.joining(",", "[", "]"));

    HttpResponse<byte[]> answer =
        api.post("/updates", gzip(list), "Content-Encoding", "gzip", "Accept-Encoding", "gzip");
    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(gunzip(answer.body())).isEqualTo(list);
    await()
        .atMost(Duration.ofSeconds(60))
        .until(() -> api.bodies.usedBytes() == 0 && api.answers.usedBytes() == 0);
  }

  /** There is memory to read one of them at a time, and the other waits. */
  @Test
  void takesTwoOfTheLargestListsAtOnce() throws Exception {
    Promise<Void> begin = Promise.promise();
    MetricStore store =
        new HangingStore(new MemoryStore(32 << 20, 1 << 20, Clock.systemUTC()), begin.future());
    String list =
        IntStream.range(0, 190_000)
            .mapToObj(i -> POLLS.replace("PollCount", "p" + i % 1_000))
            .collect(Collectors.joining(",", "[", "]"));
    try (RunningApi two = new RunningApi(store, null, true, Duration.ofSeconds(60))) {
      CompletableFuture<Integer> first = status(two, list);
      CompletableFuture<Integer> second = status(two, list);
      await().until(() -> two.bodies.usedBytes() >= 2L * list.length() || second.isDone());
      begin.complete();
      assertThat(first.get()).isEqualTo(200);
      assertThat(second.get()).isEqualTo(200);
      assertThat(text(two.get("/value/counter/p0"))).isEqualTo("1140");
      await().until(() -> two.bodies.usedBytes() == 0 && two.reading.usedBytes() == 0);
    }
  }

  private static CompletableFuture<Integer> status(RunningApi api, String list) {
    return CompletableFuture.supplyAsync(
        () -> {
          try {
            return api.post("/updates", list).statusCode();
          } catch (Exception e) {
            throw new AssertionError(e);
          }
        });
  }

  @Test
  void aKeyThatWasSeenGetsTheFirstAnswer() throws Exception {
    String first = text(api.post("/updates", "[" + POLLS + "]", "Idempotency-Key", "k-1"));
    api.post("/updates", "[" + POLLS + "]");

    assertThat(text(api.post("/updates", "[" + POLLS + "]", "Idempotency-Key", "k-1")))
        .isEqualTo(first);
    assertThat(text(api.get("/value/counter/PollCount"))).isEqualTo("6");
    assertThat(
            api.post("/updates", "[" + POLLS + "]", "Idempotency-Key", "x".repeat(65)).statusCode())
        .isEqualTo(400);
  }

  @Test
  void showsMetricsAsTextInPages() throws Exception {
    String evil = "<script>alert('&')</script>";
    api.post("/update", "{\"id\":\"" + evil + "\",\"type\":\"gauge\",\"value\":1}");
    String page = text(api.get("/"));
    assertThat(page).contains("&lt;script&gt;alert(&#39;&amp;&#39;)&lt;/script&gt;");
    assertThat(page).doesNotContain(evil).doesNotContain("rel=\"next\"");

    api.post(
        "/updates",
        IntStream.range(0, 2_000)
            .mapToObj(i -> POLLS.replace("PollCount", "p%&" + (10_000 + i)))
            .collect(Collectors.joining(",", "[", "]")));
    page = text(api.get("/"));
    assertThat(page.split("<tr>", -1)).hasSize(2 + 1_000);
    String next = page.replaceAll("(?s).*rel=\"next\" href=\"([^\"]*)\".*", "$1");
    assertThat(text(api.get(next))).contains("p%&amp;10999").doesNotContain("p%&amp;10998");
    assertThat(api.get("/?after=x").statusCode()).isEqualTo(400);
  }

  @ParameterizedTest
  @CsvSource({"'GET / HTTP/1.1\r\nHost a\r\n', 400", "LONG, 414", "HEADERS, 431"})
  void answersWhatIsNoRequestAsAnyOtherError(String request, int status) throws Exception {
    String sent =
        switch (request) {
          case "LONG" -> "GET /" + "a".repeat(5_000) + " HTTP/1.1\r\nHost: a\r\n\r\n";
          case "HEADERS" -> "GET / HTTP/1.1\r\nHost: a\r\nA: " + "a".repeat(9_000) + "\r\n\r\n";
          default -> "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: x\r\n\r\n";
        };
    assertThat(api.raw(sent))
        .matches("(?s)HTTP/1.[01] " + status + " .*")
        .contains("{\"code\":" + status + ",");
  }

  @Test
  void aRequestThatWasNotAnsweredIsNotCountedAsAnswered() throws Exception {
    assertThat(api.raw("POST /update HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\n{"))
        .isEmpty();
    await()
        .atMost(Duration.ofSeconds(60))
        .until(() -> api.counters.get("requests.unanswered") == 1);
    assertThat(api.counters.get("requests.200")).isZero();
  }

  @Test
  void tellsItsOwnCountersAndHealth() throws Exception {
    api.post("/update", ALLOC);
    assertThat(text(api.get("/metrics")))
        .contains("metrics_server_metrics_received_total 1")
        .contains("metrics_server_requests_200_total");
    assertThat(text(api.get("/health"))).isEqualTo("{\"status\":\"ok\"}");
  }

  /** Whose store never answers an update. */
  @Test
  void aRequestThatTakesTooLongGets503() throws Exception {
    MetricStore hanging = new HangingStore(new MemoryStore(1 << 20, 1 << 20, Clock.systemUTC()));
    try (RunningApi slow = new RunningApi(hanging, null, true, Duration.ofMillis(300))) {
      HttpResponse<byte[]> answer = slow.post("/update", ALLOC);
      assertThat(answer.statusCode()).isEqualTo(503);
      assertThat(answer.headers().firstValue("Retry-After")).isPresent();
      assertThat(slow.get("/ping").statusCode()).isEqualTo(200);
    }
  }
}
