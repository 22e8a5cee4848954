package io.loda.agent.http;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.loda.common.config.ConfigException;
import io.vertx.core.json.JsonObject;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class PostRoutesTest {

  private static final String ONE = "[{\"name\":\"a.b-c_1\",\"timestamp\":1700000000,\"value\":2}]";
  private static final String ONE_POINT = "RUN.a.b-c_1,host=host-1 value=2 1700000000";

  private TestFolder folder;
  private ServerFixture agent;

  @BeforeEach
  void start(@TempDir Path temp) throws ConfigException {
    folder = new TestFolder(temp);
    folder.registry("ns1", "[]");
    agent = ServerFixture.start(folder, "http.max-body", "6MiB");
  }

  @AfterEach
  void stop() {
    agent.close();
  }

  @Test
  void takesPointsForTheNamespaceThatIsGiven() {
    HttpResponse<String> answer =
        agent.post(
            "/post?ns=other.ns",
            "[{\"name\":\"a\",\"timestamp\":1700000000,\"tags\":{\"k\":\"v w\"},\"value\":1.5},"
                + "{\"name\":\"b\",\"timestamp\":1700000000,\"value\":true},"
                + "{\"name\":\"c\",\"timestamp\":1700000000,\"value\":\"text\"}]");

    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(answer.body()).isEqualTo("send data to MQ success");
    assertThat(agent.points())
        .containsExactly(
            "collect.other.ns RUN.a,host=host-1,k=v-w value=1.5 1700000000",
            "collect.other.ns RUN.b,host=host-1 value=true 1700000000",
            "collect.other.ns RUN.c,host=host-1 value=\"text\" 1700000000");
    assertThat(agent.counters().get("points.accepted")).isEqualTo(3);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "1700000000",
        "1700000000.9",
        "1700000000999",
        "1700000000999999",
        "1700000000999999999",
        "1.7e18"
      })
  void timestampsAreToldByTheirSizeAsInLineProtocol(String timestamp) {
    assertThat(
            agent
                .post(
                    "/post?ns=ns1",
                    "[{\"name\":\"a.b-c_1\",\"timestamp\":" + timestamp + ",\"value\":2}]")
                .statusCode())
        .isEqualTo(200);
    assertThat(agent.points()).containsExactly("collect.ns1 " + ONE_POINT);
  }

  @Test
  void answers503AndTakesNothingWhenWhatWaitsIsFull() throws ConfigException {
    try (ServerFixture small = ServerFixture.start(folder, "delivery.memory", "64KiB")) {
      String large =
          "[{\"name\":\"a\",\"value\":1,\"tags\":{\"k\":\"" + "x".repeat(40_000) + "\"}}]";
      assertThat(small.post("/post", large).statusCode()).isEqualTo(200);

      HttpResponse<String> answer = small.post("/post", large);

      assertThat(answer.statusCode()).isEqualTo(503);
      assertThat(answer.headers().firstValue("Retry-After")).hasValue("2");
      assertThat(answer.body()).startsWith("an output's queue is full");
      assertThat(small.points()).hasSize(1);
      assertThat(small.post("/post", large).statusCode()).isEqualTo(200);
      assertThat(small.counters().get("points.discarded.buffer-full")).isZero();
    }
  }

  @Test
  void takesTheHostsOnlyNamespaceWhereNoneIsGiven() {
    assertThat(agent.post("/post", ONE).statusCode()).isEqualTo(200);

    assertThat(agent.points()).containsExactly("collect.ns1 " + ONE_POINT);
  }

  @Test
  void asksForTheNamespaceOnAHostWithSeveral() throws ConfigException {
    folder.registry("ns2", "[]");
    try (ServerFixture several = ServerFixture.start(folder)) {
      HttpResponse<String> answer = several.post("/post", ONE);

      assertThat(answer.statusCode()).isEqualTo(400);
      assertThat(answer.body())
          .isEqualTo("ns: expected a namespace, found nothing, and this host is in ns1, ns2");
      assertThat(several.post("/post?ns=ns2", ONE).statusCode()).isEqualTo(200);
      assertThat(several.points()).containsExactly("collect.ns2 " + ONE_POINT);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "a%2Fb",
        "a+b",
        "a%0Ab",
        "%C3%A4",
        "123456789012345678901234567890123456789012345678901234567"
      })
  void refusesANamespaceThatMakesNoTopic(String namespace) {
    HttpResponse<String> answer = agent.post("/post?ns=" + namespace, ONE);

    assertThat(answer.statusCode()).isEqualTo(400);
    assertThat(answer.body()).startsWith("ns: expected a name that makes a topic of 1 to 64");
    assertThat(agent.points()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '#',
      quoteCharacter = '\0',
      value = {
        "not json # body: expected a JSON list of metrics, found no JSON",
        "{\"name\":\"a\",\"value\":1} # body: expected a JSON list of metrics, found an object",
        "null # body: expected a JSON list of metrics, found null",
        "[] [] # body: expected a JSON list of metrics, found no JSON",
        "[{\"name\":\"a\",\"value\":1},7] # body, item 3: expected an object, found a number",
        "[{\"value\":1}] # body, item 2: name: expected a string, found nothing",
        "[{\"name\":\"a b\",\"value\":1}] # body, item 2: name: expected only 0-9 a-z A-Z - _ .",
        "[{\"name\":\"a\",\"value\":null}] # body, item 2: value: expected a number, true, false or a string, found null",
        "[{\"name\":\"a\",\"value\":[1]}] # body, item 2: value: expected a number, true, false or a string, found a list",
        "[{\"name\":\"a\",\"value\":{}}] # body, item 2: value: expected a number, true, false or a string, found an object",
        "[{\"name\":\"a\"}] # body, item 2: value: expected a number, true, false or a string, found nothing",
        "[{\"name\":\"a\",\"value\":NaN}] # body, item 2: value: expected a finite number, found NaN",
        "[{\"name\":\"a\",\"value\":1e999}] # body, item 2: value: expected a number that fits 64 bits",
        "[{\"name\":\"a\",\"value\":1,\"timestamp\":\"now\"}] # body, item 2: timestamp: expected seconds as a number, found a string",
        "[{\"name\":\"a\",\"value\":1,\"tags\":[]}] # body, item 2: tags: expected an object, found a list",
        "[{\"name\":\"a\",\"value\":1,\"tags\":{\"k\":{}}}] # body, item 2: tags.k: expected a string, found an object",
      })
  void refusesABadBodyWholeWhereAllOrNoneAreWantedAndSaysWhere(String body, String problem) {
    HttpResponse<String> answer =
        agent.post("/post?strict=true", body.replace("[{", "[{\"name\":\"good\",\"value\":1},{"));

    assertThat(answer.statusCode()).isEqualTo(400);
    assertThat(answer.body()).startsWith(problem);
    assertThat(agent.points()).isEmpty();
  }

  @Test
  void takesWhatIsGoodAndSaysWhatIsNot() {
    String body =
        """
        [{"name":"a","value":1,"timestamp":1700000000},{"name":"b","value":null},7,null,
         {"name":"c d","value":1},{"value":1},{"name":"e","value":NaN},{"name":"f","value":[1]},
         {"name":"g","value":1,"tags":{"k":{}}},{"name":"z","value":2,"timestamp":1700000000}]
        """;

    HttpResponse<String> answer = agent.post("/post", body);

    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(answer.body()).isEqualTo("send data to MQ success");
    assertThat(answer.headers().firstValue("X-Refused").orElse(""))
        .startsWith(
            "8; item 2: value: expected a number, true, false or a string, found null; item 3")
        .contains("; item 9: tags.k: expected a string, found an object");
    assertThat(agent.points())
        .containsExactly(
            "collect.ns1 RUN.a,host=host-1 value=1 1700000000",
            "collect.ns1 RUN.z,host=host-1 value=2 1700000000");
    assertThat(agent.counters().get("points.discarded.refused-item")).isEqualTo(8);

    JsonObject json =
        new JsonObject(
            agent
                .send(
                    agent
                        .request("/post")
                        .header("Accept", "application/json")
                        .POST(HttpRequest.BodyPublishers.ofString(body)))
                .body());
    assertThat(json.getMap())
        .containsEntry("status", 200)
        .containsEntry("message", "send data to MQ success")
        .containsEntry("refused", 8);
    assertThat(json.getJsonArray("reasons").getString(1))
        .isEqualTo("item 3: expected an object, found a number");
  }

  @Test
  void refusesABodyOfWhichNothingIsGood() {
    HttpResponse<String> answer =
        agent.post("/post", "[{\"name\":\"a b\",\"value\":1},{\"name\":\"a\"}]");

    assertThat(answer.statusCode()).isEqualTo(400);
    assertThat(answer.body()).startsWith("body, item 1: name: expected only 0-9 a-z A-Z - _ .");
  }

  @ParameterizedTest
  @ValueSource(strings = {"[%s] []", "[%s] and so on", "[%s],", "[%s]]"})
  void readsNothingBehindTheList(String body) {
    String list = body.formatted(ONE.substring(1, ONE.length() - 1));
    HttpResponse<String> answer = agent.post("/post", list);

    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(answer.headers().firstValue("X-Refused").orElse(""))
        .startsWith("0; ")
        .endsWith("something follows the list");
    assertThat(agent.points()).containsExactly("collect.ns1 " + ONE_POINT);
    assertThat(agent.post("/post?strict=true", list).statusCode()).isEqualTo(400);
  }

  @Test
  void takesNullForAnEmptyList() {
    assertThat(agent.post("/post", "null").statusCode()).isEqualTo(200);
    assertThat(agent.post("/post?strict=maybe", "null").body())
        .isEqualTo("strict: expected true or false, found \"maybe\"");
    assertThat(agent.points()).isEmpty();
  }

  @Test
  void takesKeysInAnyCase() {
    HttpResponse<String> answer =
        agent.post(
            "/post",
            "[{\"Name\":\"a\",\"Timestamp\":1700000000,\"TAGS\":{\"K\":\"V\"},\"vaLue\":7}]");

    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(agent.points())
        .containsExactly("collect.ns1 RUN.a,K=V,host=host-1 value=7 1700000000");
  }

  @Test
  void replacesBytesThatAreNotUtf8() {
    byte[] body =
        ("[{\"name\":\"a\",\"timestamp\":1700000000,\"tags\":{\"k\":\"x\u00e9y\"},\"value\":1},"
                + "{\"name\":\"b\u00ff\",\"value\":1}]")
            .getBytes(ISO_8859_1);

    HttpResponse<String> answer = agent.send(agent.request("/post").POST(ofBytes(body)));

    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(answer.headers().firstValue("X-Refused").orElse(""))
        .startsWith("1; ")
        .contains("byte 0xe9 at 50", "item 2: name: expected only");
    assertThat(agent.points())
        .containsExactly("collect.ns1 RUN.a,host=host-1,k=x\ufffdy value=1 1700000000");
  }

  @Test
  void takesGoodLinesAndSaysWhichAreNot() {
    HttpResponse<String> answer =
        postAs("/post", "text/plain", "m value=1 1700000000\nm\na*b value=1\n");

    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(answer.headers().firstValue("X-Refused").orElse(""))
        .startsWith("2; line 2, column 2: expected")
        .contains("; metric a*b: name: expected only");
    assertThat(agent.points()).containsExactly("collect.ns1 RUN.m,host=host-1 value=1 1700000000");
  }

  @Test
  void takesAnEmptyListAndRefusesAnEmptyBody() {
    assertThat(agent.post("/post", "[]").statusCode()).isEqualTo(200);
    HttpResponse<String> empty = agent.post("/post", "");

    assertThat(empty.statusCode()).isEqualTo(400);
    assertThat(empty.body()).isEqualTo("body: expected a JSON list of metrics, found nothing");
    assertThat(agent.points()).isEmpty();
  }

  @Test
  void takesABodyOfFiveMegabytes() {
    int points = 80_000;
    String body = list(points);
    assertThat(body.length()).isBetween(5_000_000, 6 * 1024 * 1024);

    assertThat(agent.post("/post", body).body()).isEqualTo("send data to MQ success");
    assertThat(agent.points())
        .hasSize(points)
        .contains("collect.ns1 RUN.metric.number.79999,host=host-1 value=79999 1700000000");
  }

  @Test
  void answers413ToALargerBody() {
    String body = list(130_000);
    assertThat(body.length()).isGreaterThan(6 * 1024 * 1024);

    assertTooLarge(
        agent.send(
            agent.request("/post").POST(ofBytes(gzip(body))).header("Content-Encoding", "gzip")));
    assertTooLarge(agent.post("/post", body));
    assertThat(agent.points()).isEmpty();
  }

  private static void assertTooLarge(HttpResponse<String> answer) {
    assertThat(answer.statusCode()).isEqualTo(413);
    assertThat(answer.body()).isEqualTo("body: expected at most http.max-body bytes, found more");
  }

  @Test
  void takesACompressedBody() {
    HttpRequest.Builder request =
        agent.request("/post").header("Content-Encoding", "gzip").POST(ofBytes(gzip(ONE)));

    assertThat(agent.send(request).statusCode()).isEqualTo(200);
    assertThat(agent.points()).containsExactly("collect.ns1 " + ONE_POINT);
  }

  @Test
  void refusesABodyThatOnlySaysItIsCompressed() {
    HttpRequest.Builder request =
        agent
            .request("/post")
            .header("Content-Encoding", "gzip")
            .POST(ofBytes(ONE.getBytes(UTF_8)));

    assertThat(agent.send(request).statusCode()).isEqualTo(400);
    assertThat(agent.points()).isEmpty();
  }

  @Test
  void takesWhatCurlCallsAForm() {
    HttpRequest.Builder request =
        agent
            .request("/post")
            .header("Content-Type", "application/x-www-form-urlencoded")
            .POST(HttpRequest.BodyPublishers.ofString(list(1000)));

    assertThat(agent.send(request).body()).isEqualTo("send data to MQ success");
    assertThat(agent.points()).hasSize(1000);
  }

  @Test
  void takesABodyThatWaitsToBeAskedFor() {
    HttpRequest.Builder request =
        agent.request("/post").expectContinue(true).POST(HttpRequest.BodyPublishers.ofString(ONE));

    assertThat(agent.send(request).statusCode()).isEqualTo(200);
    assertThat(agent.points()).hasSize(1);
  }

  @Test
  void answersJsonToWhoAsksForIt() {
    HttpRequest.Builder bad =
        agent
            .request("/post?ns=a%2Fb")
            .header("Accept", "application/json")
            .POST(HttpRequest.BodyPublishers.ofString(ONE));

    assertThat(agent.send(bad).body()).startsWith("{\"status\":400,\"message\":\"ns: expected");
    assertThat(agent.send(bad.copy().uri(agent.request("/post").build().uri())).body())
        .isEqualTo("{\"status\":200,\"message\":\"send data to MQ success\"}");
  }

  private static String list(int points) {
    return IntStream.range(0, points)
        .mapToObj(
            i ->
                "{\"name\":\"metric.number."
                    + i
                    + "\",\"timestamp\":1700000000,\"value\":"
                    + i
                    + "}")
        .collect(Collectors.joining(",", "[", "]"));
  }

  private static HttpRequest.BodyPublisher ofBytes(byte[] bytes) {
    return HttpRequest.BodyPublishers.ofByteArray(bytes);
  }

  private static byte[] gzip(String text) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (GZIPOutputStream out = new GZIPOutputStream(bytes)) {
      out.write(text.getBytes(UTF_8));
    } catch (IOException e) {
      throw new AssertionError(e);
    }
    return bytes.toByteArray();
  }

  private HttpResponse<String> postAs(String path, String type, String body) {
    return agent.send(
        agent
            .request(path)
            .header("Content-Type", type)
            .POST(HttpRequest.BodyPublishers.ofString(body)));
  }

  @Test
  void takesLineProtocolAsPlainText() {
    HttpResponse<String> answer =
        postAs(
            "/post",
            "text/plain; charset=utf-8",
            "# a comment\nm,k=v\\ w a=1i,b=2.5,c=\"x\" 1700000000123456789\nn value=t 1700000001\n");

    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(agent.points())
        .containsExactly(
            "collect.ns1 RUN.m,host=host-1,k=v-w a=1,b=2.5,c=\"x\" 1700000000",
            "collect.ns1 RUN.n,host=host-1 value=true 1700000001");
  }

  @ParameterizedTest
  @ValueSource(strings = {"application/x-ndjson", "text/plain"})
  void takesAMetricALine(String type) {
    String second = "{\"name\":\"b\",\"timestamp\":1700000000,\"value\":3}";
    HttpResponse<String> answer =
        postAs("/post", type, ONE.substring(1, ONE.length() - 1) + "\n" + second + "\n");

    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(agent.points())
        .containsExactly(
            "collect.ns1 " + ONE_POINT, "collect.ns1 RUN.b,host=host-1 value=3 1700000000");
  }

  @Test
  void takesAListWhateverItsTypeIs() {
    assertThat(postAs("/post", "text/plain", ONE).statusCode()).isEqualTo(200);
    assertThat(agent.points()).containsExactly("collect.ns1 " + ONE_POINT);
  }

  @ParameterizedTest
  @CsvSource({
    "a b value=1,'line 1, column 4: expected = and a field'",
    "m value=1\\nx,'line 2, column'",
    "a*b value=1,'metric a*b: name: expected only 0-9 a-z A-Z - _ .'"
  })
  void refusesBadLinesWholeAndSaysWhere(String body, String problem) {
    HttpResponse<String> answer =
        postAs("/post?strict=true", "text/plain", body.replace("\\n", "\n"));

    assertThat(answer.statusCode()).isEqualTo(400);
    assertThat(answer.body()).startsWith("body, " + problem);
    assertThat(agent.points()).isEmpty();
  }

  @Test
  void takesWhatIsPushedToAnInfluxDb() {
    assertThat(agent.get("/ping").statusCode()).isEqualTo(204);
    assertThat(agent.post("/query?q=CREATE+DATABASE+x", "").statusCode()).isEqualTo(200);
    HttpResponse<String> answer =
        agent.send(
            agent
                .request("/write?db=ns1&precision=ms")
                .header("Content-Encoding", "gzip")
                .POST(ofBytes(gzip("cpu,cpu=cpu0 usage_idle=98.5,n=3i 1700000000999\n"))));

    assertThat(answer.statusCode()).isEqualTo(204);
    assertThat(agent.points())
        .containsExactly("collect.ns1 cpu,cpu=cpu0,host=host-1 usage_idle=98.5,n=3 1700000000");
    assertThat(agent.post("/write", "m value=1").body()).startsWith("db: expected a namespace");
    assertThat(agent.post("/write?db=a%20b", "m value=1").statusCode()).isEqualTo(400);
    assertThat(agent.post("/write?db=ns1&precision=y", "m value=1").body())
        .startsWith("precision: expected one of ns, us, ms, s, m, h, found \"y\"");
    assertThat(agent.post("/write?db=ns1", "m").statusCode()).isEqualTo(400);
  }

  @Test
  void readsAStatementOfAForm() {
    String form = "application/x-www-form-urlencoded";

    HttpResponse<String> created = postAs("/query", form, "q=CREATE+DATABASE+%22telegraf%22");

    assertThat(created.statusCode()).isEqualTo(200);
    assertThat(created.body()).isEqualTo("{\"results\":[{\"statement_id\":0}]}");
    assertThat(
            postAs("/query?db=x", form + "; charset=utf-8", "db=a&q=create%20database%20x").body())
        .isEqualTo(created.body());
    assertThat(postAs("/query", form, "q=SELECT+1").body())
        .startsWith("q: expected CREATE DATABASE");
    assertThat(postAs("/query", form, "q=%zz").body()).startsWith("body: expected a form");
    assertThat(postAs("/query", form, "").body()).startsWith("q: expected a statement");
    assertThat(postAs("/query", "text/plain", "q=CREATE+DATABASE+x").statusCode()).isEqualTo(400);
  }

  @Test
  void answers413ToAPointThatFitsNoMessage() {
    String tags =
        IntStream.range(0, 40)
            .mapToObj(i -> "\"t" + i + "\":\"" + "x".repeat(60_000) + "\"")
            .collect(Collectors.joining(",", "{", "}"));
    HttpResponse<String> answer =
        agent.post(
            "/post",
            "[{\"name\":\"a\",\"value\":1},{\"name\":\"b\",\"value\":1,\"tags\":" + tags + "}]");

    assertThat(answer.statusCode()).isEqualTo(413);
    assertThat(answer.body()).startsWith("body, item 2: expected a point of at most");
    assertThat(agent.points()).isEmpty();
  }

  @Test
  void refusesAPointWithTooManyFieldsOrTagsAndSaysWhich() {
    String fields =
        IntStream.range(0, 30_000).mapToObj(i -> "f" + i + "=1").collect(Collectors.joining(","));
    HttpResponse<String> line = agent.post("/write?db=ns1", "a value=1\nm " + fields);
    assertThat(line.statusCode()).isEqualTo(400);
    assertThat(line.body())
        .startsWith("body, line 2, ")
        .contains("expected at most 1024 fields, found more");

    String tags =
        IntStream.range(0, 100_000)
            .mapToObj(i -> "\"t" + i + "\":\"v\"")
            .collect(Collectors.joining(",", "{", "}"));
    HttpResponse<String> json =
        agent.post("/post", "[{\"name\":\"a\",\"value\":1,\"tags\":" + tags + "}]");
    assertThat(json.statusCode()).isEqualTo(400);
    assertThat(json.body()).isEqualTo("body, item 1: tags: expected at most 256, found more");
    assertThat(agent.points()).isEmpty();
  }
}
