package io.loda.agent.http;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.loda.agent.plugin.Metric;
import io.loda.common.config.ConfigException;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.Socket;
import java.net.http.HttpRequest;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What was answered 200 is there, while no output takes anything and much more comes. */
final class PostPromiseTest {

  private static final String LONG_HOST = "a-host-with-a-name-of-fortyfour-letters.test";
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final int CLIENTS = 64;
  private static final int POINTS = 4_000;

  private TestFolder folder;

  @BeforeEach
  void start(@TempDir Path temp) {
    folder = new TestFolder(temp);
    folder.registry("ns1", "[]");
  }

  private ServerFixture agent(String durability) throws ConfigException {
    return ServerFixture.start(
        folder,
        "agent.hostname",
        LONG_HOST,
        "delivery.durability",
        durability,
        "delivery.memory",
        "4MiB",
        "delivery.disk",
        "8MiB");
  }

  private static String body(String client, int points) {
    StringBuilder body = new StringBuilder();
    for (int i = 0; i < points; i++) {
      body.append(client).append(" v=").append(i).append('\n');
    }
    return body.toString();
  }

  /** How many points of each client are there, and of {@code scheduled}. */
  private static Map<String, Integer> arrived(ServerFixture agent) {
    Map<String, Integer> arrived = new HashMap<>();
    for (String point : agent.points()) {
      String name = point.substring(point.indexOf(' ') + 1, point.indexOf(','));
      arrived.merge(name, 1, Integer::sum);
    }
    return arrived;
  }

  private static List<Metric> metrics(int count) {
    return IntStream.range(0, count).mapToObj(i -> Metric.of("scheduled", i)).toList();
  }

  /** All are let in before any of them has told how much it brings. */
  @ParameterizedTest
  @ValueSource(strings = {"memory", "spill", "sync"})
  void ofPostsThatComeSlowlyAtOnce(String durability) throws Exception {
    List<Socket> sockets = new ArrayList<>();
    try (ServerFixture agent = agent(durability)) {
      for (int i = 0; i < CLIENTS; i++) {
        byte[] body = body("c" + i, POINTS).getBytes(UTF_8);
        Socket socket = new Socket(agent.address().host(), agent.address().port());
        sockets.add(socket);
        socket.setSoTimeout(60_000);
        String head =
            "POST /post?ns=ns1 HTTP/1.1\r\nHost: a\r\nContent-Type: text/plain\r\n"
                + "Transfer-Encoding: chunked\r\n\r\n"
                + Integer.toHexString(body.length)
                + "\r\n";
        socket.getOutputStream().write(head.getBytes(ISO_8859_1));
        socket.getOutputStream().write(body, 0, body.length / 2);
      }
      for (int i = 0; i < CLIENTS; i++) {
        sendRest(sockets.get(i), body("c" + i, POINTS).getBytes(UTF_8));
      }
      Map<String, Integer> promised = new HashMap<>();
      for (int i = 0; i < CLIENTS; i++) {
        if (status(sockets.get(i)) == 200) {
          promised.put("RUN.c" + i, POINTS);
        }
      }
      assertThat(promised).hasSizeBetween(2, CLIENTS - 1);
      for (int i = 0; i < 10; i++) {
        agent.scheduled("ns1", metrics(5_000));
      }
      Map<String, Integer> arrived = arrived(agent);
      assertThat(arrived.remove("scheduled")).as("scheduled have a part of their own").isPositive();
      assertThat(arrived).isEqualTo(promised);
    } finally {
      for (Socket socket : sockets) {
        socket.close();
      }
    }
  }

  private static void sendRest(Socket socket, byte[] body) {
    try {
      socket.getOutputStream().write(body, body.length / 2, body.length - body.length / 2);
      socket.getOutputStream().write("\r\n0\r\n\r\n".getBytes(ISO_8859_1));
    } catch (IOException e) {
      // it was refused already
    }
  }

  private static int status(Socket socket) {
    try {
      String line =
          new BufferedReader(new InputStreamReader(socket.getInputStream(), ISO_8859_1)).readLine();
      return line == null ? 0 : Integer.parseInt(line.split(" ", -1)[1]);
    } catch (IOException e) {
      return 0;
    }
  }

  /** A post of many small points is several times as large where it waits. */
  @ParameterizedTest
  @ValueSource(strings = {"memory", "spill", "sync"})
  void ofPostsThatGrowWhileScheduledPointsCome(String durability) throws Exception {
    try (ServerFixture agent = agent(durability)) {
      Map<String, Integer> promised = new HashMap<>();
      for (int i = 0; i < 100; i++) {
        int status =
            agent
                .send(
                    agent
                        .request("/post?ns=ns" + i % 30)
                        .header("Content-Type", "text/plain")
                        .POST(
                            HttpRequest.BodyPublishers.ofString(body("c" + i, 900 * (1 + i % 3)))))
                .statusCode();
        if (status == 200) {
          promised.put("RUN.c" + i, 900 * (1 + i % 3));
        }
        agent.scheduled("ns" + i % 30, metrics(300));
      }
      assertThat(promised).hasSizeBetween(2, 99);
      for (int i = 0; i < 20; i++) {
        agent.scheduled("ns1", metrics(5_000));
      }
      Map<String, Integer> arrived = arrived(agent);
      assertThat(arrived.remove("scheduled")).isPositive();
      assertThat(arrived).isEqualTo(promised);
    }
  }

  /** Else an outage would keep all posts out as soon as what is scheduled has filled all. */
  @ParameterizedTest
  @ValueSource(strings = {"memory", "spill", "sync"})
  void whatIsScheduledGivesWay(String durability) throws Exception {
    try (ServerFixture agent = agent(durability)) {
      String full = durability.equals("memory") ? "buffer-full" : "disk-full";
      await()
          .atMost(PATIENCE)
          .until(
              () -> {
                agent.scheduled("ns1", metrics(2_000));
                return agent.counters().snapshot().keySet().stream()
                    .anyMatch(name -> name.startsWith("points.discarded." + full));
              });

      for (int i = 0; i < 20; i++) {
        String body = body("c" + i, 100);
        await()
            .atMost(PATIENCE)
            .until(
                () ->
                    agent
                            .send(
                                agent
                                    .request("/post?ns=ns1")
                                    .header("Content-Type", "text/plain")
                                    .POST(HttpRequest.BodyPublishers.ofString(body)))
                            .statusCode()
                        == 200);
      }

      Map<String, Integer> arrived = arrived(agent);
      for (int i = 0; i < 20; i++) {
        assertThat(arrived).containsEntry("RUN.c" + i, 100);
      }
    }
  }
}
