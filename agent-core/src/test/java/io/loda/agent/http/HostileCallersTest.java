package io.loda.agent.http;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.loda.common.config.ConfigException;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * Callers who don't read their answers, come in great number, or say what a terminal would act on.
 */
final class HostileCallersTest extends HostileFixture {

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
