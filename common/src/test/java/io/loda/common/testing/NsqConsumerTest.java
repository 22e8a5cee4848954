package io.loda.common.testing;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.DataOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import org.junit.jupiter.api.Test;

class NsqConsumerTest {

  private final ServerSocket server;

  NsqConsumerTest() throws IOException {
    server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
  }

  private static void frame(Socket socket, int type, String data) throws IOException {
    DataOutputStream out = new DataOutputStream(socket.getOutputStream());
    out.writeInt(4 + data.length());
    out.writeInt(type);
    out.write(data.getBytes(UTF_8));
    out.flush();
  }

  /** One that is killed before it has read an acknowledgement breaks the connection so. */
  @Test
  void aKilledServerEndsItAndWhatItGotIsKept() throws Exception {
    try (NsqConsumer consumer = new NsqConsumer(server.getLocalPort(), "topic")) {
      Socket killed = server.accept();
      frame(killed, 2, "x".repeat(26) + "one");
      await().until(() -> consumer.messages().size() == 1);
      killed.setSoLinger(true, 0);
      killed.close();
      await().until(consumer::ended);
      assertThat(consumer.messages()).containsExactly("one");
    }
  }

  @Test
  void whatTheServerRefusesIsAFailure() throws Exception {
    try (NsqConsumer consumer = new NsqConsumer(server.getLocalPort(), "topic")) {
      frame(server.accept(), 1, "E_BAD_TOPIC");
      await().until(consumer::ended);
      assertThatThrownBy(consumer::messages).hasStackTraceContaining("E_BAD_TOPIC");
    }
  }
}
