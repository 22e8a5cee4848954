package io.loda.agent.assembly;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import io.loda.agent.Main;
import io.loda.agent.cli.AgentAddress;
import io.loda.common.files.Trust;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Whom commands ask, and what they say where that isn't the agent that was meant. */
final class AskingCommandsTest {

  private static final String PID = Long.toString(ProcessHandle.current().pid());

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();
  private final List<String> asked = new CopyOnWriteArrayList<>();
  private final Map<String, String> answers = new TreeMap<>();
  private Path folder;
  private Path data;
  private HttpServer server;

  @BeforeEach
  void listen(@TempDir Path temp) throws IOException {
    folder = temp;
    data = temp.resolve("data");
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext(
        "/",
        call -> {
          String path = call.getRequestURI().getPath();
          asked.add(path);
          byte[] answer = answers.getOrDefault(path, "<html>").getBytes(UTF_8);
          call.sendResponseHeaders(200, answer.length);
          call.getResponseBody().write(answer);
          call.close();
        });
    server.start();
  }

  @AfterEach
  void close() {
    server.stop(0);
  }

  private int run(int port, String... command) throws IOException {
    Path file = folder.resolve("agent.conf");
    Files.writeString(
        file, "agent.data-dir = \"" + data + "\"\nhttp.listen = \"127.0.0.1:" + port + "\"\n");
    List<String> arguments = new ArrayList<>(List.of(command));
    arguments.addAll(List.of("-f", file.toString()));
    return Main.commandLine()
        .setOut(new PrintWriter(out))
        .setErr(new PrintWriter(err))
        .execute(arguments.toArray(new String[0]));
  }

  private DataFolder held() throws IOException {
    return DataFolder.take(
        data, folder.resolve("agent.pid"), folder.resolve("plugins"), Trust.everybody());
  }

  private int port() {
    return server.getAddress().getPort();
  }

  @ParameterizedTest
  @ValueSource(strings = {"status", "plugin list", "plugin run p", "plugin update p"})
  void whereNoAgentHasTheDataFolderNobodyIsAsked(String command) throws IOException {
    assertThat(run(port(), command.split(" "))).isEqualTo(1);

    assertThat(err.toString()).startsWith("agent: no agent runs on " + data);
    assertThat(out.toString()).isEmpty();
    assertThat(asked).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"run", "runs", "enable", "disable", "update"})
  void withoutAPluginsNameTheCallIsWrong(String command) throws IOException {
    assertThat(run(port(), "plugin", command)).isEqualTo(2);

    assertThat(err.toString())
        .startsWith("agent: PLUGIN: expected a plugin's name, found none")
        .contains("\nagent: see agent plugin " + command + " --help\n")
        .hasLineCount(2);
    assertThat(asked).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"0", "-1", "301", "x", "99999999999"})
  void timeOutThatCannotBeIsAMistakeOfTheCall(String timeout) throws IOException {
    assertThat(run(port(), "plugin", "run", "p", "--timeout", timeout)).isEqualTo(2);

    assertThat(err.toString()).contains("--timeout").hasLineCount(2);
    assertThat(asked).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"status", "plugin runs p"})
  void oneThatHangsIsToldFromOneThatIsNotThere(String command) throws IOException {
    try (DataFolder held = held();
        ServerSocket silent = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
      assertThat(held).isNotNull();
      assertThat(run(silent.getLocalPort(), command.split(" "))).isEqualTo(3);
    }
    assertThat(err.toString())
        .startsWith("agent: the agent of " + data + ", with pid " + PID + ", doesn't answer at ")
        .contains(" within 3 s");
  }

  @Test
  void oneThatListensNowhereIsThereAllTheSame() throws IOException {
    int free;
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      free = socket.getLocalPort();
    }
    try (DataFolder held = held()) {
      assertThat(held).isNotNull();
      assertThat(run(free, "status")).isEqualTo(3);
    }
    assertThat(err.toString()).contains("with pid " + PID + ", doesn't listen at http://127.0.0.1");
  }

  @ParameterizedTest
  @ValueSource(strings = {"status", "plugin run p"})
  void anotherAgentIsAskedNothingElse(String command) throws IOException {
    answers.put("/health", "{\"status\":\"ok\",\"pid\":1,\"data_dir\":\"/elsewhere\"}");
    try (DataFolder held = held()) {
      assertThat(held).isNotNull();
      assertThat(run(port(), command.split(" "))).isEqualTo(4);
    }
    assertThat(err.toString())
        .contains(" is another one: pid 1, data folder /elsewhere; expected that of " + data);
    assertThat(asked).containsExactly("/health");
  }

  @Test
  void whatIsNoAgentIsSaidToBeNone() throws IOException {
    try (DataFolder held = held()) {
      assertThat(held).isNotNull();
      assertThat(run(port(), "plugin", "list")).isEqualTo(4);
    }
    assertThat(err.toString()).contains(" is no agent of this version: /health answered HTTP 200");
    assertThat(asked).containsExactly("/health");
  }

  @ParameterizedTest
  @ValueSource(strings = {"{\"pid\":\"x\"}", "{\"pid\":{}}", "{\"pid\":1.5}", "null", "[]", "7"})
  void whatSaysNoNumberIsAnotherOne(String health) throws IOException {
    answers.put("/health", health);
    try (DataFolder held = held()) {
      assertThat(held).isNotNull();
      assertThat(run(port(), "status")).isEqualTo(4);
    }
    assertThat(err.toString()).startsWith("agent: ").hasLineCount(1);
  }

  @ParameterizedTest
  @CsvSource({
    "PLUGIN.PLUGIN.twice, 0",
    "PLUGIN.twice, 0",
    "twice, 1",
    "PLUGIN.once, 0",
    "once, 0",
    "PLUGIN.PLUGIN.once, 1"
  })
  void aPluginIsMeantByItsNameWithOrWithoutItsPrefix(String name, int exit) throws IOException {
    answers.put("/health", "{\"pid\":" + PID + "}");
    answers.put(
        "/plugins/list",
        "{\"plugins\":["
            + "{\"key\":\"n|a\",\"namespace\":\"n\",\"name\":\"PLUGIN.twice\",\"git\":\"g:x/a.git\"},"
            + "{\"key\":\"n|b\",\"namespace\":\"n\",\"name\":\"once\",\"git\":\"g:x/b.git\"}]}");
    answers.put("/plugins/enable", "{\"status\":200,\"message\":\"done\"}");
    try (DataFolder held = held()) {
      assertThat(held).isNotNull();
      assertThat(run(port(), "plugin", "enable", name)).as(err.toString()).isEqualTo(exit);
    }
  }

  @Test
  void aJavaPluginsTimeOutIsItsInterval() throws IOException {
    answers.put("/health", "{\"pid\":" + PID + "}");
    answers.put(
        "/plugins/list",
        "{\"plugins\":[{\"key\":\"GOPLUGIN n a\",\"namespace\":\"n\",\"name\":\"a\"}]}");
    try (DataFolder held = held()) {
      assertThat(held).isNotNull();
      assertThat(run(port(), "plugin", "run", "a", "--timeout", "5")).isEqualTo(2);
    }
    assertThat(err.toString())
        .startsWith("agent: --timeout: expected a script plugin with it, found one in Java");
    assertThat(asked).doesNotContain("/plugins/run");
  }

  /** Five seconds are promised; a JVM starts in less than two, also on a busy host. */
  @Test
  void theWaitForOneThatHangsLeavesTimeForTheCommandItself() {
    assertThat(AgentAddress.PATIENCE).isLessThanOrEqualTo(Duration.ofSeconds(3));
  }

  @ParameterizedTest
  @ValueSource(strings = {"{\"plugins\":\"x\"}", "{\"plugins\":[7]}", "{}", "null", "[]"})
  void answerOfAnotherFormIsNoAgentsOfThisVersion(String list) throws IOException {
    answers.put("/health", "{\"pid\":" + PID + "}");
    answers.put("/plugins/list", list);
    try (DataFolder held = held()) {
      assertThat(held).isNotNull();
      assertThat(run(port(), "plugin", "list")).isEqualTo(4);
    }
    assertThat(err.toString()).contains(" is no agent of this version: ").hasLineCount(1);
  }

  /** A byte at a time, for longer than anybody waits. */
  @ParameterizedTest
  @ValueSource(strings = {"HTTP/1.1 200 OK\r\nX: ", "HTTP/1.1 200 OK\r\n\r\n"})
  void whoDripsItsAnswerHangs(String begin) throws IOException {
    try (DataFolder held = held();
        Stranger stranger = new Stranger(begin, 1, 100, 200)) {
      assertThat(held).isNotNull();
      assertThat(run(stranger.port(), "status")).isEqualTo(3);
    }
    assertThat(err.toString()).contains(" within 3 s").hasLineCount(1);
  }

  @Test
  void whoseAnswerIsTooLongIsAnother() throws IOException {
    try (DataFolder held = held();
        Stranger stranger = new Stranger("HTTP/1.1 200 OK\r\n\r\n", 1 << 10, 0, 1 << 10)) {
      assertThat(held).isNotNull();
      assertThat(run(stranger.port(), "status")).isEqualTo(4);
    }
    assertThat(err.toString()).contains("its answer has more than 65536 bytes").hasLineCount(1);
  }

  @Test
  void whoMayNotLookIntoTheDataFolderComparesItsName() throws IOException {
    // nobody can look into a folder below a file
    data = Files.writeString(folder.resolve("file"), "").resolve("data");
    answers.put("/health", "{\"pid\":1,\"data_dir\":\"/elsewhere\"}");
    assertThat(run(port(), "plugin", "list")).isEqualTo(4);
    assertThat(err.toString()).contains(" is another one: ");

    answers.put("/health", "{\"pid\":1,\"data_dir\":\"" + data + "\"}");
    answers.put("/plugins/list", "{\"plugins\":[],\"rejected\":[]}");
    assertThat(run(port(), "plugin", "list")).isZero();
  }

  @Test
  void showsTheStatusForPeopleAndForPrograms() throws IOException {
    answers.put("/health", "{\"pid\":" + PID + "}");
    answers.put("/me/status", STATUS);
    try (DataFolder held = held()) {
      assertThat(held).isNotNull();
      assertThat(run(port(), "status")).isZero();
      assertThat(out.toString())
          .contains("agent 1.2.3 (commit abc), pid 42, up 2 h 3 min, host web1\n")
          .contains("data folder /var/lib/agent\n", "heap 40 of 96 MiB\n")
          .contains("posts refused with 503: full\n")
          .contains("registry: http://reg:8000\n")
          .containsPattern("a\\.ns +2 min 5 s ago +-\n")
          .containsPattern("b\\.ns +never +HTTP 500, httpstatus 500: node not found\n")
          .containsPattern("\\(report\\) +never +not asked yet\n")
          .containsPattern("q +nsq +7 +1 min 1 s +3 MiB +5 +6 +unreachable; its disk: EIO\n")
          .containsPattern("old +none +5 +.*815 B +0 +0 +no such output\n")
          .contains("jobs: 2: 1 slowed, 1 waiting\n")
          .containsPattern("a\\.ns\\|p +slowed +in [0-9].* +3 +exit: ended with exit code 1\n")
          .contains("left out: a.ns x: unknown type\n")
          .contains("points discarded since the start: 5 buffer-full\n")
          .doesNotContain("buffer-full.collect", "a.ns|good");
      out.getBuffer().setLength(0);

      assertThat(run(port(), "status", "--json")).isZero();
      assertThat(out.toString()).startsWith("{\"version\":\"1.2.3\"").hasLineCount(1);
    }
  }

  private static final String STATUS =
      """
      {"version":"1.2.3","commit":"abc","pid":42,"data_dir":"/var/lib/agent","uptime_s":7380,
       "hostname":"web1","memory":{"heap_bytes":100663296,"heap_used_bytes":41943040},
       "registry":{"source":"http://reg:8000",
         "namespaces":{"last_good":"2026-01-01T00:00:00Z","age_s":5,"failure":""},
         "report":{"last_good":null,"age_s":null,"failure":""},
         "items":[{"namespace":"a.ns","last_good":"2026-01-01T00:00:00Z","age_s":125,"failure":""},
           {"namespace":"b.ns","last_good":null,"age_s":null,
            "failure":"HTTP 500, httpstatus 500: node not found"}]},
       "outputs":[{"name":"q","type":"nsq","waiting_points":7,"waiting_bytes":700,
         "disk_bytes":3145728,"oldest_s":61,"dropped_points":5,"refused_points":6,
         "failure":"unreachable","disk_failure":"EIO"},
         {"name":"old","type":"none","waiting_points":5,"waiting_bytes":0,
         "disk_bytes":815,"oldest_s":0,"dropped_points":0,"refused_points":0,
         "failure":"no such output","disk_failure":""}],
       "posts":{"refused":1,"refusing":true,"reason":"full"},
       "counters":{"points.discarded.buffer-full":5,
         "points.discarded.buffer-full.collect.a":5,"points.accepted":9},
       "namespaces":["a.ns"],
       "jobs":[{"key":"a.ns|good","state":"waiting","problem":"","next_run":null},
         {"key":"a.ns|p","state":"slowed","problem":"exit: ended with exit code 1",
          "failures_in_row":3,"next_run":"2999-01-01T00:00:00Z"}],
       "rejected":[{"namespace":"a.ns","name":"x","reason":"unknown type"}]}
      """;

  /** Answers one call with a beginning and then so many parts, as long as it is listened to. */
  private static final class Stranger implements AutoCloseable {

    private final ServerSocket socket = new ServerSocket(0, 5, InetAddress.getLoopbackAddress());
    private final Thread thread;

    Stranger(String begin, int partBytes, long pauseMillis, int parts) throws IOException {
      thread = new Thread(() -> answer(begin, partBytes, pauseMillis, parts), "stranger");
      thread.start();
    }

    private void answer(String begin, int partBytes, long pauseMillis, int parts) {
      try (Socket call = socket.accept()) {
        call.getOutputStream().write(begin.getBytes(UTF_8));
        for (int i = 0; i < parts; i++) {
          call.getOutputStream().write(" ".repeat(partBytes).getBytes(UTF_8));
          Thread.sleep(pauseMillis);
        }
      } catch (IOException | InterruptedException e) {
        // nobody listens any more
      }
    }

    int port() {
      return socket.getLocalPort();
    }

    @Override
    public void close() throws IOException {
      thread.interrupt();
      socket.close();
    }
  }
}
