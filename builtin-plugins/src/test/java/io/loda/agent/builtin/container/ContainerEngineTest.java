package io.loda.agent.builtin.container;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.entry;

import io.loda.agent.builtin.UnixServer;
import io.loda.agent.builtin.kit.HostTrees;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
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
  private static final String C = "c".repeat(64);
  private static final String D = "d".repeat(64);
  private static final String E = "e".repeat(64);

  /** A short one: the kernel takes no socket's path beyond 107 bytes. */
  private Path root;

  private HostTrees host;
  private final List<String> asked = Collections.synchronizedList(new ArrayList<>());

  @BeforeEach
  void makeRoot() throws IOException {
    root = Files.createTempDirectory("engine");
    host = new HostTrees(Path.of("/proc"), Path.of("/sys"), root);
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
      assertThat(new DockerEngine(host).containers(Set.of(A, B)))
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
      assertThatThrownBy(() -> new DockerEngine(host).containers(Set.of(A, B)))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("docker.sock");
      assertThat(server.connections()).isEqualTo(1);
    }
  }

  @Test
  void whereThereIsNoEngineThereAreNoContainers() throws Exception {
    assertThat(new DockerEngine(host).containers(Set.of(A, B))).isEmpty();
    assertThat(new ContainerdEngine(host).containers(Set.of(A, B))).isEmpty();
  }

  @Test
  void aSocketThatNobodyListensOnIsAnError() throws Exception {
    docker("").close();

    assertThatThrownBy(() -> new DockerEngine(host).containers(Set.of(A, B)))
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

  /** As containerd 1.6.20 wrote it, cut; the images are as nerdctl and containerd 2 have them. */
  @Test
  void containerdWritesNameAndImageOfEachNamespace() throws Exception {
    task(
        "k8s.io",
        A,
        """
        {"ociVersion":"1.0.2-dev","process":{"user":{"uid":0,"gid":0,"additionalGids":[0]},
         "args":["/bin/sleep","1000"],"annotations":{"io.kubernetes.cri.sandbox-name":"not-this"}},
         "annotations":{"io.kubernetes.cri.container-name":"web",
          "io.kubernetes.cri.container-type":"container",
          "io.kubernetes.cri.image-name":"registry/shop:3",
          "io.kubernetes.cri.sandbox-name":"shop-7","io.kubernetes.cri.sandbox-namespace":"prod"},
         "linux":{"resources":{"devices":[{"allow":false}]}}}
        """);
    task("k8s.io", B, "{\"annotations\":{\"io.kubernetes.cri.sandbox-name\":\"shop-7\"}}");
    task("default", C, "{\"annotations\":{\"nerdctl/name\":\"tool\",\"nerdctl/state\":{}}}");
    task("default", D, "{\"root\":{\"path\":\"rootfs\"}}");

    assertThat(new ContainerdEngine(host).containers(Set.of(A, B, C, D, E)))
        .containsOnly(
            entry(A, new Container("shop-7/web", "registry/shop:3")),
            entry(B, new Container("shop-7", "")),
            entry(C, new Container("tool", "")),
            entry(D, new Container("", "")));
  }

  @Test
  void aTaskThatCannotBeReadCostsItsNameAlone() throws Exception {
    task("k8s.io", A, "{\"annotations\":");
    task("k8s.io", B, "{\"annotations\":{\"nerdctl/name\":\"" + "x".repeat(2 << 20) + "\"}}");
    Path pipe = taskFile("k8s.io", D);
    assertThat(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor()).isZero();
    ContainerdEngine containerd = new ContainerdEngine(host);

    for (String id : List.of(A, B, D)) {
      assertThatThrownBy(() -> containerd.containers(Set.of(id)))
          .isInstanceOf(IOException.class)
          .hasMessageContaining(id);
    }
    task("k8s.io", C, "{\"annotations\":{\"io.kubernetes.cri.sandbox-name\":\"shop-7\"}}");
    assertThat(containerd.containers(Set.of(A, B, C, D))).containsOnlyKeys(C);
  }

  private void task(String namespace, String id, String config) throws IOException {
    Files.writeString(taskFile(namespace, id), config);
  }

  private Path taskFile(String namespace, String id) throws IOException {
    Path tasks = root.resolve("run/containerd/io.containerd.runtime.v2.task");
    return Files.createDirectories(tasks.resolve(namespace).resolve(id)).resolve("config.json");
  }

  @Test
  void enginesAreAskedForAnUnknownContainerAndAtMostOnceAMinute() {
    List<Set<String>> answers = new ArrayList<>();
    long[] now = {0};
    ContainerNames names =
        new ContainerNames(
            List.of(
                ids -> {
                  answers.add(Set.of());
                  return Map.of(A, new Container("a" + answers.size(), "i"));
                },
                ids -> {
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
