package io.loda.agent.http;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.loda.common.config.ConfigException;
import io.loda.common.testing.OtherUser;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class UnixSocketTest {

  private TestFolder folder;
  private Path socket;

  @BeforeEach
  void prepare(@TempDir Path temp) {
    folder = new TestFolder(temp);
    folder.registry("ns1", "[]");
    socket = temp.resolve("run/agent.sock");
  }

  private ServerFixture start() throws ConfigException {
    return ServerFixture.start(folder, "http.unix-socket", socket.toString());
  }

  private String post(String body) throws IOException {
    try (SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(socket))) {
      String request =
          "POST /post HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: "
              + body.length()
              + "\r\n\r\n"
              + body;
      channel.write(ByteBuffer.wrap(request.getBytes(UTF_8)));
      return new String(Channels.newInputStream(channel).readAllBytes(), UTF_8);
    }
  }

  @Test
  void answersThereAsOnTheNetworkForItsOwnerAndGroup() throws Exception {
    try (ServerFixture agent = start()) {
      assertThat(post("[{\"name\":\"a\",\"timestamp\":1700000000,\"value\":2}]"))
          .startsWith("HTTP/1.1 200 OK")
          .endsWith("send data to MQ success");
      assertThat(agent.points())
          .containsExactly("collect.ns1 RUN.a,host=host-1 value=2 1700000000");
      assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(socket)))
          .isEqualTo("rw-rw----");
      assertThat(agent.post("/post", "[]").statusCode()).isEqualTo(200);
    }
    assertThat(socket).doesNotExist();
  }

  @Test
  void givesTheSocketToAGroupAndAModeThatAreConfigured() throws Exception {
    OtherUser.need();
    OtherUser.reachable(folder.path());
    try (ServerFixture agent =
        ServerFixture.start(
            folder,
            "http.unix-socket",
            socket.toString(),
            "http.unix-socket-mode",
            "0620",
            "http.unix-socket-group",
            Integer.toString(OtherUser.ID))) {
      OtherUser.reachable(folder.path().resolve("run"));
      assertThat(Files.getAttribute(socket, "unix:gid")).isEqualTo(OtherUser.ID);
      assertThat((int) Files.getAttribute(socket, "unix:mode") & 07777).isEqualTo(0620);
      assertThat(agent.get("/me/ns").statusCode()).isEqualTo(200);

      assertThat(asOtherUser(socket, "GET /me/ns")).contains("200 OK").contains("[\"ns1\"]");
    }
  }

  @Test
  void everyUserMayPostAtThePostSocketAndDoNothingElse() throws Exception {
    OtherUser.need();
    OtherUser.reachable(folder.path());
    Path posts = socket.resolveSibling("post.sock");
    try (ServerFixture agent =
        ServerFixture.start(
            folder, "http.unix-socket", socket.toString(), "http.post-socket", posts.toString())) {
      OtherUser.reachable(folder.path().resolve("run"));

      assertThat(asOtherUser(posts, "POST /post")).contains("200 OK");
      assertThat(agent.points())
          .containsExactly("collect.ns1 RUN.a,host=host-1 value=2 1700000000");
      assertThat(asOtherUser(posts, "GET /plugins/list")).contains("404 ", "no such call");
      assertThat(asOtherUser(posts, "GET /me/status")).contains("404 ");
      assertThat(asOtherUser(posts, "GET /log/offset")).contains("404 ");
      assertThat(asOtherUser(posts, "POST /update")).contains("404 ");
      assertThat(asOtherUser(socket, "POST /post")).contains("Permission denied");
    }
    assertThat(posts).doesNotExist();
  }

  @Test
  void saysWhichGroupThereIsNot() {
    assertThatThrownBy(
            () ->
                ServerFixture.start(
                    folder,
                    "http.unix-socket",
                    socket.toString(),
                    "http.unix-socket-group",
                    "no-such-group"))
        .hasStackTraceContaining(
            "http.unix-socket-group: expected a group of this host that the agent may use, found"
                + " \"no-such-group\"");
  }

  /** What a call with one point is answered, or why it couldn't be made. */
  private static String asOtherUser(Path socket, String call) throws Exception {
    String program =
        """
        import socket, sys
        s = socket.socket(socket.AF_UNIX)
        try:
            s.connect(sys.argv[1])
            body = b'[{"name":"a","timestamp":1700000000,"value":2}]' if 'POST' in sys.argv[2] else b''
            s.sendall(b'%s HTTP/1.1\\r\\nHost: x\\r\\nConnection: close\\r\\nContent-Length: %d\\r\\n\\r\\n%s'
                      % (sys.argv[2].encode(), len(body), body))
            while True:
                part = s.recv(65536)
                if not part:
                    break
                sys.stdout.write(part.decode())
        except OSError as e:
            print(e)
        """;
    return OtherUser.output("/usr/bin/python3", "-c", program, socket.toString(), call);
  }

  @Test
  void takesThePlaceOfWhatAKilledAgentLeft() throws Exception {
    Files.createDirectories(socket.getParent());
    try (ServerSocketChannel left = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      left.bind(UnixDomainSocketAddress.of(socket));
    }
    assertThat(socket).exists();
    try (ServerFixture agent = start()) {
      assertThat(post("[]")).startsWith("HTTP/1.1 200 OK");
      assertThat(agent.points()).isEmpty();
    }
  }

  @Test
  void leavesAloneWhatIsAnothers() throws Exception {
    Files.createDirectories(socket.getParent());
    try (ServerSocketChannel other = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      other.bind(UnixDomainSocketAddress.of(socket));
      assertThatThrownBy(this::start).hasStackTraceContaining("another process listens there");
    }
    Files.delete(socket);
    Files.writeString(socket, "mine");
    assertThatThrownBy(this::start)
        .hasStackTraceContaining("something else than a socket is there");
    assertThat(socket).hasContent("mine");
  }

  @Test
  void saysThatAPathIsTooLong() {
    socket = socket.resolveSibling("x".repeat(110));
    assertThatThrownBy(this::start).hasStackTraceContaining("expected a path of at most 107 bytes");
  }
}
