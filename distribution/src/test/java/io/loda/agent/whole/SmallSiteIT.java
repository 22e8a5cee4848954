package io.loda.agent.whole;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.loda.common.testing.FreePort;
import java.io.File;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code bin/metrics-server} and {@code bin/agent report}, as a small site has them. */
class SmallSiteIT {

  private static final Path ROOT = Path.of(System.getProperty("agent.root", "."));
  private static final Duration PATIENCE = Duration.ofMinutes(2);
  private static final List<String> WATCHED =
      List.of(
          "gauge/RandomValue",
          "gauge/Alloc",
          "gauge/Frees",
          "gauge/HeapAlloc",
          "gauge/HeapIdle",
          "gauge/HeapInuse",
          "gauge/HeapObjects",
          "gauge/Mallocs",
          "gauge/TotalAlloc",
          "counter/PollCount");

  private final HttpClient client = HttpClient.newHttpClient();
  private final List<Process> started = new ArrayList<>();
  private int port;

  @TempDir private Path folder;

  @BeforeEach
  void findPort() throws IOException {
    port = FreePort.find();
  }

  @AfterEach
  void end() {
    started.forEach(Process::destroyForcibly);
  }

  private Process start(Map<String, String> environment, String... command) throws IOException {
    List<String> arguments = new ArrayList<>(List.of(command));
    arguments.set(0, ROOT.resolve(command[0]).toAbsolutePath().toString());
    ProcessBuilder builder =
        new ProcessBuilder(arguments)
            .directory(folder.toFile())
            .redirectInput(ProcessBuilder.Redirect.from(new File("/dev/null")))
            .redirectOutput(ProcessBuilder.Redirect.appendTo(folder.resolve("output").toFile()))
            .redirectError(ProcessBuilder.Redirect.appendTo(folder.resolve("log").toFile()));
    builder.environment().putAll(environment);
    Process process = builder.start();
    started.add(process);
    return process;
  }

  private Process server(String... more) throws IOException {
    List<String> command =
        new ArrayList<>(
            List.of("bin/metrics-server", "-a=127.0.0.1:" + port, "-f", folder.resolve("db") + ""));
    command.addAll(List.of(more));
    Process server = start(Map.of("KEY", "secret"), command.toArray(new String[0]));
    await()
        .atMost(PATIENCE)
        .until(
            () -> {
              assertThat(server.isAlive()).as(log()).isTrue();
              return status("/ping") == 200;
            });
    return server;
  }

  private int status(String path) throws InterruptedException {
    try {
      return get(path).statusCode();
    } catch (IOException e) {
      return 0;
    }
  }

  private HttpResponse<String> get(String path) throws IOException, InterruptedException {
    return client.send(
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
            .timeout(Duration.ofSeconds(10))
            .build(),
        HttpResponse.BodyHandlers.ofString());
  }

  private String log() throws IOException {
    return Files.readString(folder.resolve("log"));
  }

  private static void interrupt(Process process) throws Exception {
    new ProcessBuilder("kill", "-INT", Long.toString(process.pid())).start().waitFor();
    assertThat(process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
    assertThat(process.exitValue()).isZero();
  }

  @Test
  void anAgentReportsToAServerAndEachNumberThatSuitesWatchChanges() throws Exception {
    Process server = server("-i", "0");
    Process agent =
        start(
            Map.of("ADDRESS", "http://127.0.0.1:" + port, "KEY", "secret", "REPORT_INTERVAL", "1"),
            "bin/agent",
            "report",
            "-p=1");

    Map<String, String> first = new HashMap<>();
    List<String> same = new ArrayList<>(WATCHED);
    await()
        .atMost(PATIENCE)
        .until(
            () -> {
              for (String name : List.copyOf(same)) {
                HttpResponse<String> value = get("/value/" + name);
                if (value.statusCode() == 200) {
                  String before = first.putIfAbsent(name, value.body());
                  if (before != null && !before.equals(value.body())) {
                    same.remove(name);
                  }
                }
              }
              return same.isEmpty();
            });
    assertThat(get("/").body()).contains("TotalMemory", "CPUUtilization1");

    interrupt(agent);
    String polls = get("/value/counter/PollCount").body();
    interrupt(server);
    server();
    assertThat(get("/value/counter/PollCount").body()).isEqualTo(polls);
    assertThat(folder.resolve("output")).isEmptyFile();
    assertThat(log()).doesNotContain("secret").doesNotContain("Exception");
  }

  /** Killed between two reports: what was answered is there again, and the agent goes on. */
  @Test
  void nothingThatWasAnsweredIsLostByAKill() throws Exception {
    Process server = server("-i", "0");
    start(Map.of("KEY", "secret"), "bin/agent", "report", "-a=127.0.0.1:" + port, "-p=1", "-r=1");
    await().atMost(PATIENCE).until(() -> status("/value/counter/PollCount") == 200);
    long before = Long.parseLong(get("/value/counter/PollCount").body());

    server.destroyForcibly().waitFor();
    server("-i", "0");
    assertThat(Long.parseLong(get("/value/counter/PollCount").body()))
        .isGreaterThanOrEqualTo(before);
    await()
        .atMost(PATIENCE)
        .until(() -> Long.parseLong(get("/value/counter/PollCount").body()) > before + 3);
  }

  @Test
  void aWrongSettingEndsTheStartWithTwo() throws Exception {
    for (String[] command :
        new String[][] {{"bin/metrics-server", "-i", "soon"}, {"bin/agent", "report", "-b=0"}}) {
      Process process = start(Map.of(), command);
      assertThat(process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
      assertThat(process.exitValue()).isEqualTo(2);
    }
    assertThat(log())
        .contains("--store-interval (STORE_INTERVAL): expected whole seconds")
        .contains("--batch-size (BATCH_SIZE): expected a whole number");
  }
}
