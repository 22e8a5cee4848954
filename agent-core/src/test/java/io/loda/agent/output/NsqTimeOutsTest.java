package io.loda.agent.output;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.loda.agent.output.nsq.NsqSettings;
import io.loda.common.config.HostPort;
import io.vertx.core.Future;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A time-out ends what it waited for; the test is the server, and says when it goes on. */
class NsqTimeOutsTest extends RealNsqds {

  @SuppressWarnings("NullAway.Init")
  private ServerSocket server;

  @BeforeEach
  void listen() throws IOException {
    server = listening();
  }

  private ServerSocket listening() throws IOException {
    ServerSocket one = closing(new ServerSocket(0, 50, InetAddress.getLoopbackAddress()));
    one.setSoTimeout((int) LONG.toMillis());
    return one;
  }

  private OnLoop output(String client, ServerSocket... servers) {
    NsqSettings settings =
        new NsqSettings(
            client,
            Stream.of(servers).map(s -> new HostPort("127.0.0.1", s.getLocalPort())).toList(),
            List.of(),
            "collect.",
            "round-robin",
            false,
            null,
            null);
    return started(settings.create(vertx, "queue", System.err));
  }

  private Socket accept(ServerSocket by) throws IOException {
    Socket socket = closing(by.accept());
    socket.setSoTimeout((int) LONG.toMillis());
    return socket;
  }

  /** Reads a command with what belongs to it. */
  private static String command(DataInputStream in) throws IOException {
    StringBuilder line = new StringBuilder();
    for (int c = in.read(); c != '\n'; c = in.read()) {
      if (c < 0) {
        throw new IOException("the other side left after " + line);
      }
      line.append((char) c);
    }
    in.skipNBytes(in.readInt());
    return line.toString();
  }

  private static void answer(Socket socket, String text) throws IOException {
    byte[] data = text.getBytes(UTF_8);
    byte[] frame = new byte[8 + data.length];
    frame[3] = (byte) (4 + data.length);
    System.arraycopy(data, 0, frame, 8, data.length);
    socket.getOutputStream().write(frame);
  }

  private static DataInputStream identified(Socket socket) throws IOException {
    DataInputStream in = new DataInputStream(socket.getInputStream());
    assertThat(command(in)).isEqualTo("  V2IDENTIFY");
    answer(socket, "{\"tls_v1\":false,\"snappy\":false,\"deflate\":false,\"version\":\"1.3.0\"}");
    return in;
  }

  private static long rest(Socket socket) throws IOException {
    InputStream in = socket.getInputStream();
    long bytes = 0;
    byte[] read = new byte[1 << 16];
    try {
      for (int count = in.read(read); count >= 0; count = in.read(read)) {
        bytes += count;
      }
    } catch (SocketException e) {
      // it was reset
    }
    return bytes;
  }

  /** More than the system keeps for a server that doesn't read. */
  private static List<Future<Void>> sendMuch(OnLoop output) {
    List<Future<Void>> sent = new ArrayList<>();
    for (int i = 0; i < output.maxInFlight(); i++) {
      sent.add(output.send(message("x".repeat(1_000_000))));
    }
    return sent;
  }

  @Test
  void whatIsUnansweredInTimeIsResetAndNotSentLater() throws Exception {
    OnLoop output = output("own", server);
    Socket socket = accept(server);
    identified(socket);
    List<Future<Void>> sent = sendMuch(output);
    await().atMost(LONG).until(() -> sent.stream().allMatch(Future::isComplete));
    assertThat(sent).allMatch(Future::failed);
    assertThat(rest(socket)).isLessThan(16_000_000);
    OnLoop.get(output.close());
  }

  @Test
  void aCloseResetsWhatIsUnanswered() throws Exception {
    OnLoop output = output("own", server);
    Socket socket = accept(server);
    DataInputStream in = identified(socket);
    List<Future<Void>> sent = sendMuch(output);
    assertThat(in.read()).isEqualTo('P');
    OnLoop.get(output.close());
    assertThat(rest(socket)).isLessThan(15_000_000);
    await().atMost(LONG).until(() -> sent.stream().allMatch(Future::isComplete));
  }

  /** It waited for a server for a while; what the server takes from then on isn't sent twice. */
  @Test
  void aMessageWaitsForAServerOrForItsAnswerAndNotForBothTogether() throws Exception {
    OnLoop output = output("own", server);
    Socket socket = accept(server);
    Future<Void> sent = output.send(message("x"));
    long begin = System.nanoTime();
    after(begin, Duration.ofSeconds(3));
    DataInputStream in = identified(socket);
    assertThat(command(in)).startsWith("PUB ");
    // longer than a message waits for a server, and shorter than that and its answer
    after(begin, Duration.ofMillis(5_500));
    answer(socket, "OK");
    await().atMost(LONG).until(sent::isComplete);
    assertThat(sent.cause()).isNull();
    OnLoop.get(output.close());
  }

  private static void after(long begin, Duration time) {
    await().atMost(LONG).until(() -> System.nanoTime() - begin > time.toNanos());
  }

  /** The server that hangs must not keep the connections to the others open. */
  @Test
  void aCloseEndsAllConnectionsOfNsqj() throws Exception {
    ServerSocket other = listening();
    OnLoop output = output("nsq-j", server, other);
    Future<Void> first = output.send(message("x"));
    probed(server);
    Socket idle = accept(server);
    assertThat(command(identified(idle))).startsWith("PUB ");
    answer(idle, "OK");
    await().atMost(LONG).until(first::succeeded);
    Future<Void> second = output.send(message("x"));
    probed(other);
    Socket hanging = accept(other);
    assertThat(command(identified(hanging))).startsWith("PUB ");
    OnLoop.get(output.close());
    await().atMost(LONG).until(() -> isLeft(idle) && isLeft(hanging));
    await().atMost(LONG).until(second::isComplete);
  }

  /** Heartbeats keep a connection that somebody still has. */
  private static boolean isLeft(Socket socket) throws IOException {
    try {
      answer(socket, "_heartbeat_");
      return false;
    } catch (SocketException e) {
      return true;
    }
  }

  private void probed(ServerSocket by) throws IOException {
    try (Socket probe = accept(by)) {
      identified(probe);
    }
  }
}
