package io.loda.agent.http;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.loda.common.config.ConfigException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.Socket;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.zip.DeflaterOutputStream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Bodies that are too much, too slow or of no certain end. */
final class HostileBodiesTest extends HostileFixture {

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
}
