package io.loda.agent.http;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.loda.common.config.ConfigException;
import io.loda.common.config.HostPort;
import java.io.IOException;
import java.net.Socket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** A server with small limits, and callers on bare sockets. */
abstract class HostileFixture {

  static final int MIB = 1 << 20;

  private final List<Socket> sockets = new ArrayList<>();
  TestFolder folder;
  ServerFixture agent;

  @BeforeEach
  void start(@TempDir Path temp) throws ConfigException {
    folder = new TestFolder(temp);
    folder.registry("ns1", "[]");
    folder.write("log/a.log", "one\n");
    agent = start(Duration.ofSeconds(60));
  }

  final ServerFixture start(Duration idle, String... flags) throws ConfigException {
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

  final Socket connect() throws IOException {
    return connect(agent.address());
  }

  final Socket connect(HostPort address) throws IOException {
    Socket socket = new Socket(address.host(), address.port());
    socket.setSoTimeout(60_000);
    sockets.add(socket);
    return socket;
  }

  final Socket send(String text) throws IOException {
    Socket socket = connect();
    socket.getOutputStream().write(text.getBytes(ISO_8859_1));
    return socket;
  }

  static String post(String headers, String body) {
    return "POST /post HTTP/1.1\r\nHost: a\r\n" + headers + "\r\n" + body;
  }

  /** All that comes until the server closes. */
  static String toEnd(Socket socket) throws IOException {
    return new String(socket.getInputStream().readAllBytes(), UTF_8);
  }

  final long bodiesUsed() {
    return agent.memory().bodies().usedBytes();
  }

  final void assertAlive() {
    assertThat(agent.get("/me/status").statusCode()).isEqualTo(200);
    assertThat(agent.post("/post", "[{\"name\":\"a\",\"value\":1}]").statusCode()).isEqualTo(200);
  }
}
