package io.loda.agent.builtin.port;

import static io.loda.agent.builtin.FakeHost.values;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.entry;

import com.sun.net.httpserver.HttpServer;
import io.loda.agent.builtin.FakeHost;
import io.loda.agent.plugin.Metric;
import io.loda.agent.plugin.Sampler;
import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PortPluginTest {
  private static final InetAddress LOCAL = InetAddress.getLoopbackAddress();

  private final PortPlugin plugin = new PortPlugin();

  private static Map<String, String> item(int port, String... more) {
    Map<String, String> item = new HashMap<>();
    item.put("name", "PORT.x." + port);
    item.put("port", Integer.toString(port));
    for (int i = 0; i < more.length; i += 2) {
      item.put(more[i], more[i + 1]);
    }
    return item;
  }

  private Map<String, Object> ask(Map<String, String> item) throws Exception {
    try (Sampler sampler = plugin.open(item)) {
      return values(sampler.collect());
    }
  }

  /** Seconds; three times as long a machine may stand still. */
  private static final String TIMEOUT = "3";

  /** A hundred such time-outs, by two workers, would take twice as long. */
  private static final Duration ONE_AFTER_THE_OTHER = Duration.ofSeconds(75);

  private static int closedPort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, LOCAL)) {
      return socket.getLocalPort();
    }
  }

  @Test
  void saysOneWhereSomebodyListensAndZeroWhereNobodyDoes() throws Exception {
    try (ServerSocket server = new ServerSocket(0, 1, LOCAL)) {
      int port = server.getLocalPort();
      assertThat(ask(item(port))).containsExactly(entry("PORT.x." + port, 1.0));
    }
    int closed = closedPort();
    assertThat(ask(item(closed))).containsExactly(entry("PORT.x." + closed, 0.0));
  }

  @Test
  void followsAPortThatOpensAndCloses() throws Exception {
    int port = closedPort();
    try (Sampler sampler = plugin.open(item(port))) {
      assertThat(sampler.collect()).extracting(Metric::value).containsExactly(0.0);
      try (ServerSocket server = new ServerSocket(port, 1, LOCAL)) {
        assertThat(server.isBound()).isTrue();
        assertThat(sampler.collect()).extracting(Metric::value).containsExactly(1.0);
      }
      assertThat(sampler.collect()).extracting(Metric::value).containsExactly(0.0);
    }
  }

  /** A listener whose queue is full doesn't answer a further connection: it times out. */
  @Test
  void asksAHundredSilentPortsOfUdpInOneTimeOut() throws Exception {
    ExecutorService workers = Executors.newFixedThreadPool(2);
    List<Sampler> samplers = new ArrayList<>();
    try (DatagramSocket silent = new DatagramSocket(0, LOCAL)) {
      for (int i = 0; i < 100; i++) {
        samplers.add(
            plugin.open(
                item(silent.getLocalPort(), "connect_timeout", TIMEOUT, "protocol", "udp")));
      }
      long startedAt = System.nanoTime();
      List<Future<List<Metric>>> answers = new ArrayList<>();
      for (Sampler sampler : samplers) {
        answers.add(workers.submit(sampler::collect));
      }
      for (Future<List<Metric>> answer : answers) {
        assertThat(answer.get()).extracting(Metric::value).contains(1.0); // silence isn't closed
      }
      assertThat(Duration.ofNanos(System.nanoTime() - startedAt))
          .isBetween(Duration.ofMillis(2900), ONE_AFTER_THE_OTHER);
    } finally {
      workers.shutdownNow();
      samplers.forEach(Sampler::close);
    }
  }

  @Test
  void asksAHundredDeadPortsInOneTimeOutOnTwoWorkers() throws Exception {
    ExecutorService workers = Executors.newFixedThreadPool(2);
    List<SocketChannel> queued = new ArrayList<>();
    List<Sampler> samplers = new ArrayList<>();
    try (ServerSocket full = new ServerSocket(0, 1, LOCAL)) {
      for (int i = 0; i < 8; i++) {
        SocketChannel channel = SocketChannel.open();
        channel.configureBlocking(false);
        channel.connect(full.getLocalSocketAddress());
        queued.add(channel);
      }
      for (int i = 0; i < 100; i++) {
        samplers.add(plugin.open(item(full.getLocalPort(), "connect_timeout", TIMEOUT)));
      }
      long startedAt = System.nanoTime();
      List<Future<List<Metric>>> answers = new ArrayList<>();
      for (Sampler sampler : samplers) {
        answers.add(workers.submit(sampler::collect));
      }
      for (Future<List<Metric>> answer : answers) {
        assertThat(answer.get()).extracting(Metric::value).containsExactly(0.0);
      }
      assertThat(Duration.ofNanos(System.nanoTime() - startedAt))
          .isBetween(Duration.ofMillis(2900), ONE_AFTER_THE_OTHER);
    } finally {
      workers.shutdownNow();
      samplers.forEach(Sampler::close);
      for (SocketChannel channel : queued) {
        channel.close();
      }
    }
  }

  @Test
  void asksOnlyPortsThatAreDueAlong() throws Exception {
    FakeHost clock = new FakeHost(Path.of("unused"));
    PortRounds rounds = new PortRounds(() -> clock.nanoTime);
    List<String> asked = new ArrayList<>();
    PortRounds.Port often = rounds.add(check("often", asked), Duration.ofSeconds(10).toNanos());
    PortRounds.Port seldom = rounds.add(check("seldom", asked), Duration.ofSeconds(60).toNanos());

    rounds.answer(often);
    rounds.answer(seldom);
    assertThat(asked).containsExactlyInAnyOrder("often", "seldom");

    clock.pass(10);
    rounds.answer(often);
    assertThat(asked).hasSize(3).endsWith("often");

    clock.pass(50);
    rounds.answer(often);
    rounds.answer(seldom);
    assertThat(asked).hasSize(5);
  }

  @Test
  void asksNobodyAgainForAnAnswerThatWasLongInComing() throws Exception {
    FakeHost clock = new FakeHost(Path.of("unused"));
    PortRounds rounds = new PortRounds(() -> clock.nanoTime);
    List<String> asked = new ArrayList<>();
    PortCheck quick = check("quick", asked);
    PortCheck slow = check("slow", asked);
    long minute = Duration.ofSeconds(60).toNanos();
    PortRounds.Port first = rounds.add(quick, minute);
    PortRounds.Port second =
        rounds.add(
            () -> {
              clock.pass(10);
              return slow.start();
            },
            minute);

    rounds.answer(first);
    rounds.answer(second);

    assertThat(asked).containsExactlyInAnyOrder("quick", "slow");
  }

  private static PortCheck check(String name, List<String> asked) {
    return () -> {
      asked.add(name);
      return java.util.concurrent.CompletableFuture.completedFuture(PortResult.of(true, 0));
    };
  }

  @Test
  void asksHttpForItsStatus() throws Exception {
    HttpServer server = HttpServer.create(new InetSocketAddress(LOCAL, 0), 0);
    server.createContext(
        "/",
        exchange -> {
          exchange.sendResponseHeaders(
              exchange.getRequestURI().getPath().equals("/ok") ? 204 : 503, -1);
          exchange.close();
        });
    server.start();
    try {
      int port = server.getAddress().getPort();
      String name = "PORT.x." + port;
      assertThat(ask(item(port, "protocol", "http", "path", "/ok")))
          .containsEntry(name, 1.0)
          .containsKey(name + ".time_ms");
      assertThat(ask(item(port, "protocol", "http", "path", "ok", "status", "200")))
          .containsExactly(entry(name, 0.0));
      assertThat(ask(item(port, "protocol", "http", "path", "/down")))
          .containsExactly(entry(name, 0.0));
    } finally {
      server.stop(0);
    }
    assertThat(ask(item(closedPort(), "protocol", "http"))).containsValue(0.0);
  }

  @Test
  void asksUdpAndUnixSockets(@TempDir Path folder) throws Exception {
    try (DatagramSocket socket = new DatagramSocket(0, LOCAL)) {
      assertThat(ask(item(socket.getLocalPort(), "protocol", "udp", "connect_timeout", TIMEOUT)))
          .containsEntry("PORT.x." + socket.getLocalPort(), 1.0);
    }
    int closed = closedPort();
    assertThat(ask(item(closed, "protocol", "udp"))).containsEntry("PORT.x." + closed, 0.0);

    Path path = folder.resolve("s");
    Map<String, String> item =
        Map.of("name", "PORT.s", "protocol", "unix", "path", path.toString());
    assertThat(ask(item)).containsEntry("PORT.s", 0.0);
    try (ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      server.bind(UnixDomainSocketAddress.of(path));
      assertThat(ask(item)).containsEntry("PORT.s", 1.0);
    }
  }

  @Test
  void refusesWhatIsNoPort() {
    assertThatThrownBy(() -> plugin.open(item(70000)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("port: expected 1…65535, found \"70000\"");
    assertThatThrownBy(() -> plugin.open(Map.of("name", "PORT.x")))
        .hasMessage("port: expected 1…65535, found \"\"");
    assertThatThrownBy(() -> plugin.open(Map.of("port", "22")))
        .hasMessage("name: expected a value, found none");
    assertThatThrownBy(() -> plugin.open(item(22, "protocol", "gopher")))
        .hasMessage("protocol: expected tcp, udp, unix, http, https or tls, found \"gopher\"");
    assertThatThrownBy(() -> plugin.open(item(22, "connect_timeout", "soon")))
        .hasMessageStartingWith("connect_timeout: expected");
  }
}
