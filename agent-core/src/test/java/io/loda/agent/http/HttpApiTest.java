package io.loda.agent.http;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.loda.common.config.ConfigException;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.Socket;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class HttpApiTest {

  private static final Duration SHORT = Duration.ofSeconds(1);

  private TestFolder folder;

  @BeforeEach
  void folder(@TempDir Path temp) {
    folder = new TestFolder(temp);
    folder.registry("ns1", "[]");
  }

  @Test
  void namesTheCallsToWhoAsksForAnother() throws ConfigException {
    try (ServerFixture agent = ServerFixture.start(folder)) {
      HttpResponse<String> text = agent.get("/nothing");
      assertThat(text.statusCode()).isEqualTo(404);
      assertThat(text.body())
          .isEqualTo(
              "no such call: /nothing; there are /plugins/list, /plugins/runs, /plugins/run, /plugins/update,"
                  + " /plugins/enable, /plugins/disable, /post, /write, /ping, /query, /me/ns, /me/status, /health, /me/traffic,"
                  + " /member, /update, /log/offset");
      HttpResponse<String> json = agent.getJson("/nothing%0d%0aX-A:%20b");
      assertThat(json.statusCode()).isEqualTo(404);
      assertThat(json.headers().firstValue("X-A")).isEmpty();
      assertThat(new JsonObject(json.body()).getInteger("status")).isEqualTo(404);
      assertThat(agent.get("/").statusCode()).isEqualTo(404);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "GET, /post, POST", "PUT, /post, POST", "DELETE, /me/status, 'GET, HEAD'",
    "POST, /plugins/list, 'GET, HEAD'", "PUT, /plugins/run, 'POST, GET'",
        "PATCH, /update, 'POST, GET'",
    "POST, /log/offset, 'GET, HEAD'", "OPTIONS, /me/ns/, 'GET, HEAD'"
  })
  void saysByWhichMethodACallIsMade(String method, String path, String allowed)
      throws ConfigException {
    try (ServerFixture agent = ServerFixture.start(folder)) {
      HttpResponse<String> answer =
          agent.send(agent.request(path).method(method, HttpRequest.BodyPublishers.noBody()));

      assertThat(answer.statusCode()).isEqualTo(405);
      assertThat(answer.body())
          .isEqualTo("method: expected " + allowed.replace(", ", " or ") + ", found " + method);
      assertThat(answer.headers().firstValue("Allow")).contains(allowed);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"/me/status", "/me/ns", "/me/traffic", "/plugins/list"})
  void answersHeadWithoutABody(String path) throws ConfigException {
    try (ServerFixture agent = ServerFixture.start(folder)) {
      HttpResponse<String> answer =
          agent.send(agent.request(path).method("HEAD", HttpRequest.BodyPublishers.noBody()));

      assertThat(answer.statusCode()).isEqualTo(200);
      assertThat(answer.body()).isEmpty();
      assertThat(agent.get(path).statusCode()).isEqualTo(200);
    }
  }

  @Test
  void refusesWhatIsBadlyEncoded() throws ConfigException, IOException {
    try (ServerFixture agent = ServerFixture.start(folder)) {
      String query = raw(agent, "GET /plugins/run?ns=ns1&repo=%zz HTTP/1.0\r\n\r\n");
      assertThat(query).startsWith("HTTP/1.0 400 ").contains("query: expected it percent-encoded");
      assertThat(raw(agent, "GET /log/offset?fpath=%zz HTTP/1.0\r\n\r\n"))
          .startsWith("HTTP/1.0 400 ")
          .contains("{\"StatusCode\":400,\"Msg\":\"query: expected");
      assertThat(raw(agent, "GET /%zz HTTP/1.0\r\n\r\n"))
          .startsWith("HTTP/1.0 400 ")
          .contains("path: expected it percent-encoded, found /%zz");
    }
  }

  private static String raw(ServerFixture agent, String request) throws IOException {
    try (Socket socket = new Socket(agent.address().host(), agent.address().port())) {
      socket.getOutputStream().write(request.getBytes(UTF_8));
      return new String(socket.getInputStream().readAllBytes(), UTF_8);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "GET /me/ns HT",
        "POST /post HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\n[",
        "GET /me/ns HTTP/1.1\r\nHost: a\r\n\r\n"
      })
  void closesAConnectionThatAsksForNothing(String sent) throws ConfigException, IOException {
    try (ServerFixture agent = ServerFixture.start(SHORT, folder)) {
      // comes back only when the server closes
      raw(agent, sent);

      assertThat(agent.get("/me/ns").statusCode()).isEqualTo(200);
    }
  }

  @Test
  void closesAConnectionThatWasAnsweredBeforeItsRequestWasWhole()
      throws ConfigException, IOException {
    try (ServerFixture agent = ServerFixture.start(Duration.ofSeconds(1), folder);
        Socket socket = new Socket(agent.address().host(), agent.address().port())) {
      socket.setSoTimeout(60_000);
      String head = "POST /nowhere HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n[";
      socket.getOutputStream().write(head.getBytes(UTF_8));
      assertThat(socket.getInputStream().readNBytes(12)).asString().isEqualTo("HTTP/1.1 404");
      socket.getOutputStream().write(']');

      // comes back only when the server closes
      socket.getInputStream().readAllBytes();
    }
  }

  @Test
  void leavesAConnectionOpenWhoseCallTakesItsTime() throws ConfigException, IOException {
    String plugin =
        folder.plugin("p", "while [ ! -e " + folder.path() + "/go ]; do sleep 0.05; done");
    folder.assign("ns1", plugin);
    try (ServerFixture agent = ServerFixture.start(SHORT, folder)) {
      Future<HttpResponse<String>> run =
          agent.sendAside(agent.request("/plugins/run?ns=ns1&repo=" + plugin));
      await().until(() -> agent.isIn("running", "ns1|p"));
      // two others come and are closed for their idleness meanwhile
      raw(agent, "");
      raw(agent, "");
      folder.write("go", "");

      assertThat(ServerFixture.waitFor(run).body()).isEqualTo("run plugin successfully");
    }
  }

  @Test
  void goesOnWhenAClientLeavesBeforeItsAnswer() throws ConfigException, IOException {
    String plugin =
        folder.plugin("p", "while [ ! -e " + folder.path() + "/go ]; do sleep 0.05; done");
    folder.assign("ns1", plugin);
    try (ServerFixture agent = ServerFixture.start(folder)) {
      try (Socket socket = new Socket(agent.address().host(), agent.address().port())) {
        String request = "GET /plugins/run?ns=ns1&repo=" + plugin + " HTTP/1.1\r\nHost: a\r\n\r\n";
        socket.getOutputStream().write(request.getBytes(UTF_8));
        await().until(() -> agent.isIn("running", "ns1|p"));
      }
      folder.write("go", "");
      await().until(() -> agent.isIn("waiting", "ns1|p"));

      assertThat(agent.get("/plugins/run?ns=ns1&repo=" + plugin).body())
          .isEqualTo("run plugin successfully");
    }
  }

  @Test
  void saysWhatHoldsItsAddress() throws ConfigException {
    try (ServerFixture agent = ServerFixture.start(folder)) {
      String taken = agent.address().toString();
      assertThatThrownBy(() -> ServerFixture.start(folder, "http.listen", taken))
          .hasRootCauseInstanceOf(IOException.class)
          .hasMessageContaining("http.listen: can't listen on " + taken)
          .hasMessageContaining("stop the program that uses it, or configure another address");
    }
  }
}
