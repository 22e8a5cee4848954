package io.loda.agent.builtin.container;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.entry;

import io.loda.agent.builtin.UnixServer;
import io.loda.agent.builtin.kit.Host;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ContainerEngineTest {
  private static final String A = "a".repeat(64);
  private static final String B = "b".repeat(64);

  /** A short one: the kernel takes no socket's path beyond 107 bytes. */
  private Path root;

  private Host host;
  private final List<String> asked = Collections.synchronizedList(new ArrayList<>());

  @BeforeEach
  void makeRoot() throws IOException {
    root = Files.createTempDirectory("engine");
    host = new Host(Path.of("/proc"), Path.of("/sys"), root);
  }

  @AfterEach
  void removeRoot() throws IOException {
    try (var files = Files.walk(root)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }

  private UnixServer docker(String answer) throws IOException {
    return new UnixServer(
        root.resolve("run/docker.sock"),
        (in, out) -> {
          asked.add(request(in));
          out.write(answer.getBytes(UTF_8));
        });
  }

  private static String request(InputStream in) throws IOException {
    StringBuilder request = new StringBuilder();
    for (int b; request.indexOf("\r\n\r\n") < 0 && (b = in.read()) >= 0; ) {
      request.append((char) b);
    }
    return request.toString();
  }

  @Test
  void dockerSaysNameAndImage() throws Exception {
    String containers =
        """
        [{"Id":"%s","Names":["/web/alias","/web"],"Image":"nginx:1.27","Ports":[{"PrivatePort":80}],
          "Labels":{"note":"a \\"quoted\\" \\u00e9 [x]"},"State":"running","SizeRw":null},
         {"Id":"%s","Names":["/db"],"Image":"sha256:12","HostConfig":{"NetworkMode":"host"}}]
        """
            .formatted(A, B);
    try (UnixServer server = docker("HTTP/1.0 200 OK\r\nServer: Docker\r\n\r\n" + containers)) {
      assertThat(new DockerEngine(host).containers())
          .containsOnly(
              entry(A, new Container("web", "nginx:1.27")),
              entry(B, new Container("db", "sha256:12")));
      assertThat(asked).singleElement().asString().startsWith("GET /containers/json HTTP/1.0\r\n");
      assertThat(server.connections()).isEqualTo(1);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "HTTP/1.0 500 Oops\r\n\r\n[]",
        "HTTP/1.0 200 OK\r\n\r\n[{\"Id\":",
        "HTTP/1.0 200 OK\r\n\r\n{\"message\":\"no\"}",
        "SSH-2.0-x\r\n",
        ""
      })
  void dockerThatAnswersSomethingElseIsAnError(String answer) throws Exception {
    try (UnixServer server = docker(answer)) {
      assertThatThrownBy(() -> new DockerEngine(host).containers())
          .isInstanceOf(IOException.class)
          .hasMessageContaining("docker.sock");
      assertThat(server.connections()).isEqualTo(1);
    }
  }

  @Test
  void whereThereIsNoEngineThereAreNoContainers() throws Exception {
    assertThat(new DockerEngine(host).containers()).isEmpty();
    assertThat(new ContainerdEngine(host).containers()).isEmpty();
  }

  @Test
  void aSocketThatNobodyListensOnIsAnError() throws Exception {
    docker("").close();

    assertThatThrownBy(() -> new DockerEngine(host).containers())
        .hasMessageStartingWith("can't connect to " + root.resolve("run/docker.sock"));
  }

  @Test
  void anEngineThatHangsIsGivenUp() throws Exception {
    Path socket = root.resolve("run/docker.sock");
    try (UnixServer server = new UnixServer(socket, (in, out) -> Thread.sleep(60_000))) {
      long startedAt = System.nanoTime();
      assertThatThrownBy(() -> UnixHttp.get(socket, "/", Duration.ofMillis(200), 1000))
          .hasMessage(socket + " doesn't answer in time");
      assertThat(Duration.ofNanos(System.nanoTime() - startedAt))
          .isLessThan(Duration.ofSeconds(20));
      assertThat(server.connections()).isLessThanOrEqualTo(1);
    }
  }

  @Test
  void anEndlessAnswerIsCutOff() throws Exception {
    try (UnixServer server = docker("HTTP/1.0 200 OK\r\n\r\n" + "x".repeat(100_000))) {
      Path socket = root.resolve("run/docker.sock");
      assertThatThrownBy(() -> UnixHttp.get(socket, "/", Duration.ofSeconds(10), 20_000))
          .hasMessage(socket + " answers with more than 20000 bytes");
      assertThat(server.connections()).isEqualTo(1);
    }
  }

  /** What is announced isn't made room for either. */
  @Test
  void aFrameThatIsTooLargeIsNotWaitedFor() throws Exception {
    Path socket = root.resolve("run/containerd/containerd.sock");
    byte[] header = {(byte) 0xff, (byte) 0xff, (byte) 0xff, 0, 0, 0, 0, 0, 1};
    try (UnixServer server =
        new UnixServer(
            socket,
            (in, out) -> {
              out.write(header);
              in.readAllBytes();
            })) {
      assertThatThrownBy(
              () -> UnixGrpc.call(socket, "/a/B", Map.of(), Duration.ofSeconds(10), 20_000))
          .hasMessage(socket + " answers with more than 20000 bytes");
      assertThat(server.connections()).isEqualTo(1);
    }
  }

  @Test
  void containerdSaysNameAndImageOfEachNamespace() throws Exception {
    try (UnixServer server =
        new UnixServer(root.resolve("run/containerd/containerd.sock"), this::containerd)) {
      assertThat(new ContainerdEngine(host).containers())
          .containsOnly(
              entry(A, new Container("shop-7/web", "registry/shop:3")),
              entry(B, new Container("tool", "alpine:3")));
      assertThat(asked).containsExactly("k8s.io", "default");
      assertThat(server.connections()).isEqualTo(2);
    }
  }

  /** Speaks as much HTTP/2 as a gRPC server: settings, a ping, an answer in two pieces. */
  private void containerd(InputStream in, OutputStream out) throws IOException {
    DataInputStream data = new DataInputStream(in);
    assertThat(new String(data.readNBytes(24), US_ASCII))
        .isEqualTo("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
    String headers = "";
    while (true) {
      int length = (data.readUnsignedByte() << 16) | data.readUnsignedShort();
      int type = data.readUnsignedByte();
      int flags = data.readUnsignedByte();
      int stream = data.readInt();
      byte[] payload = data.readNBytes(length);
      headers += type == 1 ? new String(payload, US_ASCII) : "";
      if (type == 0 && (flags & 1) != 0 && stream == 1) {
        break;
      }
    }
    boolean kubernetes = headers.contains("k8s.io");
    asked.add(kubernetes ? "k8s.io" : "default");
    byte[] message = field(1, kubernetes ? kubernetesContainer() : nerdctlContainer());
    ByteArrayOutputStream grpc = new ByteArrayOutputStream();
    grpc.write(new byte[] {0, 0, 0, (byte) (message.length >> 8), (byte) message.length});
    grpc.write(message);
    byte[] all = grpc.toByteArray();
    frame(out, 4, 0, 0, new byte[] {0, 3, 0, 0, 0, 100});
    frame(out, 4, 1, 0, new byte[0]);
    frame(out, 6, 0, 0, new byte[8]);
    frame(out, 1, 4, 1, new byte[] {(byte) 0x88});
    frame(out, 0, 0, 1, Arrays.copyOf(all, 50));
    frame(out, 0, 0, 1, Arrays.copyOfRange(all, 50, all.length));
    frame(out, 1, 5, 1, new byte[] {(byte) 0x88});
    data.readAllBytes(); // the acknowledgements
  }

  private static byte[] kubernetesContainer() throws IOException {
    return join(
        field(1, A),
        field(2, join(field(1, "io.kubernetes.pod.name"), field(2, "shop-7"))),
        field(2, join(field(1, "io.kubernetes.container.name"), field(2, "web"))),
        field(3, "registry/shop:3"),
        new byte[] {4 << 3, (byte) 0x96, 1}); // a number, of which there is none yet
  }

  private static byte[] nerdctlContainer() throws IOException {
    return join(
        field(1, B),
        field(2, join(field(1, "nerdctl/name"), field(2, "tool"))),
        field(3, "alpine:3"));
  }

  private static byte[] field(int number, String text) throws IOException {
    return field(number, text.getBytes(UTF_8));
  }

  private static byte[] field(int number, byte[] content) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.write((number << 3) | 2);
    out.write((content.length & 0x7F) | 0x80);
    out.write(content.length >> 7);
    out.write(content);
    return out.toByteArray();
  }

  private static byte[] join(byte[]... parts) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      out.write(part);
    }
    return out.toByteArray();
  }

  private static void frame(OutputStream out, int type, int flags, int stream, byte[] payload)
      throws IOException {
    out.write(new byte[] {0, (byte) (payload.length >> 8), (byte) payload.length});
    out.write(new byte[] {(byte) type, (byte) flags, 0, 0, 0, (byte) stream});
    out.write(payload);
  }

  @Test
  void enginesAreAskedForAnUnknownContainerAndAtMostOnceAMinute() {
    List<Set<String>> answers = new ArrayList<>();
    long[] now = {0};
    ContainerNames names =
        new ContainerNames(
            List.of(
                () -> {
                  answers.add(Set.of());
                  return Map.of(A, new Container("a" + answers.size(), "i"));
                },
                () -> {
                  throw new IOException("is restarting");
                }),
            () -> now[0]);

    assertThat(names.of(Set.of())).isEmpty();
    assertThat(answers).isEmpty();
    assertThat(names.of(Set.of(A))).containsOnly(entry(A, new Container("a1", "i")));
    names.of(Set.of(A, B));
    assertThat(answers).hasSize(1);
    now[0] = 60_000_000_000L;
    assertThat(names.of(Set.of(A))).containsOnly(entry(A, new Container("a1", "i")));
    assertThat(names.of(Set.of(A, B))).containsOnly(entry(A, new Container("a2", "i")));
  }
}
