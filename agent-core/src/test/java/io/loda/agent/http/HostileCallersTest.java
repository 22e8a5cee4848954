package io.loda.agent.http;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.loda.agent.config.ConfigException;
import io.loda.agent.config.HostPort;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.zip.DeflaterOutputStream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Callers who send too much, too slowly or what isn't HTTP, and who don't read their answers. */
final class HostileCallersTest {

  private static final int MIB = 1 << 20;

  private final List<Socket> sockets = new ArrayList<>();
  private TestFolder folder;
  private ServerFixture agent;

  @BeforeEach
  void start(@TempDir Path temp) throws ConfigException {
    folder = new TestFolder(temp);
    folder.registry("ns1", "[]");
    folder.write("log/a.log", "one\n");
    agent = start(Duration.ofSeconds(60));
  }

  private ServerFixture start(Duration idle, String... flags) throws ConfigException {
    List<String> all = new ArrayList<>(List.of(flags));
    all.addAll(List.of("http.log-roots", "[\"" + folder.path().resolve("log") + "\"]"));
    return ServerFixture.start(idle, folder, all.toArray(new String[0]));
  }

  @AfterEach
  void stop() throws IOException {
    for (Socket socket : sockets) {
      socket.close();
    }
    agent.close();
  }

  private Socket connect() throws IOException {
    return connect(agent.address());
  }

  private Socket connect(HostPort address) throws IOException {
    Socket socket = new Socket(address.host(), address.port());
    socket.setSoTimeout(60_000);
    sockets.add(socket);
    return socket;
  }

  private Socket send(String text) throws IOException {
    Socket socket = connect();
    socket.getOutputStream().write(text.getBytes(ISO_8859_1));
    return socket;
  }

  private static String post(String headers, String body) {
    return "POST /post HTTP/1.1\r\nHost: a\r\n" + headers + "\r\n" + body;
  }

  /** All that comes until the server closes. */
  private static String toEnd(Socket socket) throws IOException {
    return new String(socket.getInputStream().readAllBytes(), UTF_8);
  }

  private long bodiesUsed() {
    return agent.memory().bodies().usedBytes();
  }

  private void assertAlive() {
    assertThat(agent.get("/me/status").statusCode()).isEqualTo(200);
    assertThat(agent.post("/post", "[{\"name\":\"a\",\"value\":1}]").statusCode()).isEqualTo(200);
  }

  @ParameterizedTest
  @ValueSource(strings = {"zz\r\n[]\r\n0\r\n\r\n", "-1\r\n[]\r\n0\r\n\r\n", "\r\n[]\r\n"})
  void aChunkOfABadSizeIsRefused(String body) throws IOException {
    String answer = toEnd(send(post("Transfer-Encoding: chunked\r\n", body)));
    assertThat(answer).startsWith("HTTP/1.1 400 ");
    assertThat(agent.points()).isEmpty();
    await().untilAsserted(() -> assertThat(bodiesUsed()).isZero());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "Transfer-Encoding: xchunked\r\n",
        "Transfer-Encoding: identity\r\n",
        "Transfer-Encoding: gzip, chunked\r\n",
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
        "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n",
        "Content-Length: 5\r\nTransfer-Encoding: xchunked\r\n",
        "Content-Length: 5\r\nContent-Length: 6\r\n",
        "Content-Length: 5, 6\r\n",
        "Content-Length: -5\r\n",
        "Content-Length: +5\r\n",
        "Content-Length: 5x\r\n",
      })
  void aBodyOfDoubtfulEndIsRefusedAndNeverTheNextRequest(String headers) throws IOException {
    String smuggled = "POST /post?ns=ns1 HTTP/1.1\r\nHost: a\r\nContent-Length: 22\r\n\r\n";
    String answer =
        toEnd(send(post(headers, smuggled + "[{\"name\":\"a\",\"value\":1}]" + "0\r\n\r\n")));
    assertThat(answer).startsWith("HTTP/1.1 400 ").doesNotContain("200 OK");
    assertThat(answer.split("HTTP/1.1 ", -1)).hasSize(2);
    assertThat(agent.points()).isEmpty();
    assertAlive();
  }

  @ParameterizedTest
  @ValueSource(strings = {"8388609", "20000000", "99999999999"})
  void aBodyThatSaysItIsTooLargeIsRefusedAtOnce(String length) throws IOException {
    assertThat(toEnd(send(post("Content-Length: " + length + "\r\n", ""))))
        .startsWith("HTTP/1.1 413 ")
        .contains("Connection: close");
  }

  @Test
  void aBodyThatNeverFitsWhatWaitsIsTooLarge() throws ConfigException {
    try (ServerFixture small = start(Duration.ofSeconds(60), "delivery.memory", "64KiB")) {
      String body = "[{\"name\":\"a\",\"value\":\"" + "x".repeat(50_000) + "\"}]";
      HttpResponse<String> large = small.post("/post", body + " ".repeat(12_000));
      assertThat(large.statusCode()).isEqualTo(413);
      assertThat(large.body()).contains("delivery.memory");
      assertThat(small.post("/post", body).statusCode()).isEqualTo(200);
    }
  }

  @Test
  void unfinishedBodiesTakeWhatThereIsForThemAndNoMore() throws IOException {
    String half = "[" + " ".repeat(4 * MIB);
    List<Socket> all = new ArrayList<>();
    for (int i = 0; i < 10; i++) {
      try {
        all.add(send(post("Content-Length: " + 7 * MIB + "\r\n", half)));
      } catch (IOException e) {
        // refused while it was sent
      }
    }
    long cap = agent.memory().bodies().capBytes();
    await().untilAsserted(() -> assertThat(bodiesUsed()).isGreaterThan(8 * MIB));
    assertThat(bodiesUsed()).isLessThanOrEqualTo(cap);
    assertThat(agent.get("/me/status").statusCode()).isEqualTo(200);
    HttpResponse<String> answer = agent.post("/post", "[" + " ".repeat(6 * MIB) + "]");
    assertThat(answer.statusCode()).isEqualTo(503);
    assertThat(answer.headers().firstValue("Retry-After")).contains("2");
    for (Socket socket : all) {
      socket.close();
    }
    await().untilAsserted(() -> assertThat(bodiesUsed()).isZero());
    assertAlive();
  }

  @Test
  void aFewSlowBodiesGiveWayToOthers() throws ConfigException, IOException {
    try (ServerFixture other = start(Duration.ofSeconds(30))) {
      List<Socket> slow = new ArrayList<>();
      for (int i = 0; i < 4; i++) {
        slow.add(connect(other.address()));
        String half = post("Content-Length: " + 7 * MIB + "\r\n", "[" + " ".repeat(2 * MIB));
        slow.get(i).getOutputStream().write(half.getBytes(UTF_8));
      }
      await()
          .atMost(Duration.ofSeconds(60))
          .until(() -> other.post("/post", "[" + " ".repeat(7 * MIB) + "]").statusCode() == 200);
      assertThat(toEnd(slow.get(0))).startsWith("HTTP/1.1 503 ").contains("Retry-After");
    }
  }

  @Test
  void aBombIsUnpackedAsFarAsABodyMayGoAndNoFurther() throws IOException {
    byte[] bomb = gzip(new byte[400 * MIB]);
    for (int i = 0; i < 4; i++) {
      HttpResponse<String> answer =
          agent.send(
              agent
                  .request("/post")
                  .header("Content-Encoding", "gzip")
                  .POST(HttpRequest.BodyPublishers.ofByteArray(bomb)));
      assertThat(answer.statusCode()).isEqualTo(413);
    }
    await().untilAsserted(() -> assertThat(bodiesUsed()).isZero());
    assertAlive();
  }

  @Test
  void takesWhatIsPackedInWhateverParts() throws IOException {
    byte[] first = gzip("[{\"name\":\"a\",".getBytes(UTF_8));
    byte[] second = gzip("\"value\":1}]".getBytes(UTF_8));
    ByteArrayOutputStream both = new ByteArrayOutputStream();
    both.write(first);
    both.write(second);
    assertThat(posted("gzip", both.toByteArray())).isEqualTo(200);
    ByteArrayOutputStream deflated = new ByteArrayOutputStream();
    try (DeflaterOutputStream out = new DeflaterOutputStream(deflated)) {
      out.write("[{\"name\":\"b\",\"value\":1}]".getBytes(UTF_8));
    }
    assertThat(posted("deflate", deflated.toByteArray())).isEqualTo(200);
    assertThat(agent.points()).hasSize(2);
    both.write(0);
    assertThat(posted("gzip", both.toByteArray())).isEqualTo(400);
    assertThat(posted("gzip", Arrays.copyOf(first, first.length - 3))).isEqualTo(400);
    assertThat(posted("br", first)).isEqualTo(415);
    assertThat(posted("gzip", new byte[0])).isEqualTo(400);
    ByteArrayOutputStream empty = new ByteArrayOutputStream();
    for (int i = 0; i < 100_000; i++) {
      empty.write(gzip(new byte[0]));
    }
    empty.write(first);
    empty.write(second);
    assertThat(posted("gzip", empty.toByteArray())).isEqualTo(200);
    await().untilAsserted(() -> assertThat(bodiesUsed()).isZero());
  }

  private int posted(String coding, byte[] body) {
    return agent
        .send(
            agent
                .request("/post")
                .header("Content-Encoding", coding)
                .POST(HttpRequest.BodyPublishers.ofByteArray(body)))
        .statusCode();
  }

  private static byte[] gzip(byte[] bytes) throws IOException {
    ByteArrayOutputStream packed = new ByteArrayOutputStream();
    try (GZIPOutputStream out = new GZIPOutputStream(packed)) {
      out.write(bytes);
    }
    return packed.toByteArray();
  }

  @Test
  void aBodyThatComesTooSlowlyIsRefused() throws ConfigException, IOException {
    try (ServerFixture impatient = start(Duration.ofSeconds(1))) {
      Socket socket = connect(impatient.address());
      socket.getOutputStream().write(post("Content-Length: 100\r\n", "[").getBytes(UTF_8));
      assertThat(toEnd(socket))
          .startsWith("HTTP/1.1 408 ")
          .contains("body: expected at least 8192 bytes a second");
      assertThat(impatient.memory().bodies().usedBytes()).isZero();
    }
  }

  @Test
  void pointsThatTakeMoreThanTheirBodyAreCounted() {
    String many = "[" + "{\"name\":\"a\",\"value\":1},".repeat(300_000);
    HttpResponse<String> answer = agent.post("/post", many.substring(0, many.length() - 1) + "]");
    assertThat(answer.statusCode()).isEqualTo(413);
    assertThat(answer.body()).contains("post them in parts");
    await().untilAsserted(() -> assertThat(bodiesUsed()).isZero());
    assertAlive();
  }

  @Test
  void aLogOfNothingPrintableIsSentInPieces() throws IOException {
    try (RandomAccessFile file =
        new RandomAccessFile(folder.path().resolve("log/nul").toFile(), "rw")) {
      file.setLength(9 * MIB);
    }
    HttpResponse<String> answer = agent.get(log("nul"));
    assertThat(answer.statusCode()).isEqualTo(200);
    JsonArray data = new JsonObject(answer.body()).getJsonArray("Data");
    assertThat(data).hasSize(1);
    assertThat(data.getString(0)).isEqualTo("\0".repeat(8 * MIB));
    await().untilAsserted(() -> assertThat(agent.memory().answers().usedBytes()).isZero());
  }

  private String log(String name) {
    return "/log/offset?fpath=" + folder.path().resolve("log/" + name) + "&offset=0&num=10000";
  }

  @Test
  void whoDoesNotReadHoldsAPieceAndIsClosed() throws ConfigException, IOException {
    folder.write("log/big", "x".repeat(8 * MIB) + "\n");
    try (ServerFixture impatient = start(Duration.ofSeconds(2))) {
      long cap = impatient.memory().answers().capBytes();
      for (int i = 0; i < 60; i++) {
        Socket socket = connect(impatient.address());
        String request = "GET " + log("big") + " HTTP/1.1\r\nHost: a\r\n\r\n";
        socket.getOutputStream().write(request.repeat(20).getBytes(UTF_8));
      }
      await().until(() -> impatient.memory().answers().usedBytes() > MIB);
      assertThat(impatient.memory().answers().usedBytes()).isLessThanOrEqualTo(cap);
      assertThat(impatient.get("/me/status").statusCode()).isEqualTo(200);
      // what they don't read is given up
      await().until(() -> impatient.memory().answers().usedBytes() == 0);
      assertThat(impatient.get(log("a.log")).body()).endsWith("\"Data\":[\"one\\n\"]}");
    }
  }

  @Test
  void whoAsksAgainAndAgainAndReadsNothingHasOneAnswerWaiting() throws IOException {
    for (int i = 0; i < 5; i++) {
      Socket socket = connect();
      byte[] requests = "GET /me/status HTTP/1.1\r\nHost: a\r\n\r\n".repeat(200).getBytes(UTF_8);
      Thread writer =
          new Thread(
              () -> {
                try {
                  for (int n = 0; n < 100; n++) {
                    socket.getOutputStream().write(requests);
                  }
                } catch (IOException e) {
                  // closed at the end
                }
              });
      writer.setDaemon(true);
      writer.start();
    }
    assertAlive();
    assertThat(agent.memory().answers().usedBytes()).isLessThan(MIB);
  }

  @Test
  void answersAnOldClientWithoutChunks() throws IOException {
    folder.write("log/long", "x".repeat(200_000) + "\n");
    String answer = toEnd(send("GET " + log("long") + " HTTP/1.0\r\n\r\n"));
    assertThat(answer).startsWith("HTTP/1.0 200 ").doesNotContain("chunked").endsWith("x\\n\"]}");
    assertThat(answer).contains("\"Data\":[\"" + "x".repeat(200_000));
  }

  @Test
  void callersWaitForARegistryThatHangsInASmallNumber() throws ConfigException, IOException {
    try (ServerSocket hanging = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
      agent.close();
      agent =
          start(
              Duration.ofSeconds(60),
              "registry.type",
              "http",
              "registry.http.url",
              "http://127.0.0.1:" + hanging.getLocalPort(),
              "registry.http.timeout",
              "2s");
      List<Socket> waiting = new ArrayList<>();
      for (int i = 0; i < 9; i++) {
        waiting.add(send("GET /update HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"));
      }
      // of nine that come at once one is too many, whichever that is
      await()
          .until(
              () -> {
                for (Socket socket : waiting) {
                  if (socket.getInputStream().available() > 0) {
                    return toEnd(socket).startsWith("HTTP/1.1 429 ");
                  }
                }
                return false;
              });
      assertThat(agent.get("/me/status").statusCode()).isEqualTo(200);
    }
  }

  @Test
  void ofTooManyConnectionsTheOldestIdleOneIsClosed() throws ConfigException, IOException {
    try (ServerFixture few = start(Duration.ofSeconds(60), "http.max-connections", "20")) {
      List<Socket> idle = new ArrayList<>();
      for (int i = 0; i < 100; i++) {
        idle.add(connect(few.address()));
      }
      assertThat(toEnd(idle.get(0))).isEmpty();
      assertThat(few.get("/me/status").statusCode()).isEqualTo(200);
      assertThat(toEnd(idle.get(60))).isEmpty();
    }
  }

  @Test
  void jsonSteersNoTerminal() {
    folder.registry("ns1", "[{\"measurement_type\":\"x\u009b2J\u202e\",\"name\":\"n\u009b\"}]");
    assertThat(agent.get("/update").statusCode()).isEqualTo(200);
    for (String call : List.of("/me/status", "/plugins/list")) {
      await().untilAsserted(() -> assertThat(agent.getJson(call).body()).contains("\\u009b"));
      assertThat(agent.getJson(call).body()).doesNotContain("\u009b", "\u202e");
      // and it is the same JSON
      assertThat(new JsonObject(agent.getJson(call).body()).getJsonArray("rejected").encode())
          .contains("\u009b");
    }
  }

  @Test
  void whatIsRepeatedOfACallIsCut() {
    HttpResponse<String> answer = agent.get("/plugins/run?ns=ns1&timeout=" + "9".repeat(3_500));
    assertThat(answer.statusCode()).isEqualTo(400);
    assertThat(answer.body()).hasSizeLessThan(2_100);
    String name = "a b".repeat(20_000);
    assertThat(agent.post("/post", "[{\"name\":\"" + name + "\",\"value\":1}]").body())
        .hasSizeLessThan(200)
        .contains("name: expected only 0-9 a-z");
  }
}
