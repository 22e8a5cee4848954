package io.loda.server.http;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Many connections that bring next to nothing: others are served, and memory comes back. */
class FloodTest {

  private static final int CONNECTIONS = 800;
  private static final String COUNTER = "{\"id\":\"a\",\"type\":\"counter\",\"delta\":1}";

  private final RunningApi api = new RunningApi();
  private final List<Socket> flood = new ArrayList<>();

  @AfterEach
  void close() throws IOException {
    for (Socket socket : flood) {
      socket.close();
    }
    api.close();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "P",
        "POST /updates/ HTTP/1.1\r\nHost: a\r\n",
        "POST /updates/ HTTP/1.1\r\nHost: a\r\nContent-Length: 8000000\r\n\r\n[",
        "POST /updates/ HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n[\r\n",
        "POST /updates/ HTTP/1.1\r\nHost: a\r\nContent-Length: 8000000\r\n"
            + "Content-Encoding: gzip\r\n\r\n\u001f"
      })
  void othersAreServedAndMemoryComesBack(String begin) throws Exception {
    for (int i = 0; i < CONNECTIONS; i++) {
      Socket socket = new Socket(InetAddress.getLoopbackAddress(), api.port);
      flood.add(socket);
      socket.getOutputStream().write(begin.getBytes(US_ASCII));
    }
    if (begin.contains("\r\n\r\n")) {
      await().until(() -> api.bodies.usedBytes() >= CONNECTIONS);
    }
    for (int i = 0; i < 50; i++) {
      assertThat(api.post("/update", COUNTER).statusCode()).isEqualTo(200);
      assertThat(api.get("/").statusCode()).isEqualTo(200);
    }
    assertThat(RunningApi.text(api.get("/value/counter/a"))).isEqualTo("50");
    for (Socket socket : flood) {
      socket.close();
    }
    await().until(() -> api.bodies.usedBytes() == 0 && api.answers.usedBytes() == 0);
  }
}
