package io.loda.agent.whole;

import io.loda.common.testing.FreePort;
import java.io.File;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** The agent as users have it: {@code bin/agent start -f FILE}. */
final class AgentProcess implements AutoCloseable {

  private static final Path ROOT = Path.of(System.getProperty("agent.root", "."));
  private static final HttpClient CLIENT =
      HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(5)).build();

  /** How long it may take to start, to end or to do what a command says. */
  static final Duration PATIENCE = Duration.ofMinutes(2);

  private final Path folder;
  private final Path config;
  private final int port;
  private final Loops loops = new Loops();
  private String javaOptions = "-Dagent.max-loop-ms=200";
  private @Nullable Process process;

  /** Whether it was started, and hasn't answered since. */
  private boolean starts;

  private int loggedBefore;

  /** What it logged until it answered, each time that it was started. */
  private String startLog = "";

  /**
   * An agent with a data folder and a port of its own; not started.
   *
   * @param folder a new one is made in it, which everybody may enter
   * @param blocks further HOCON
   */
  AgentProcess(Path folder, String... blocks) throws IOException {
    this.folder = Files.createTempDirectory(folder, "agent");
    // plugins run as another user, who must be able to reach their checkouts
    for (Path path : List.of(folder, this.folder)) {
      Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rwxr-xr-x"));
    }
    this.port = FreePort.find();
    this.config = this.folder.resolve("agent.conf");
    Files.writeString(
        config,
        """
        agent { data-dir = "%s/data", hostname = "vm", default-types = [] }
        http { listen = "127.0.0.1:%d" }
        plugins { local-roots = ["%s"] }
        %s
        """
            .formatted(this.folder, port, folder, String.join("\n", blocks)));
  }

  /** Gives its JVM further options. */
  AgentProcess javaOptions(String... options) {
    javaOptions += " " + String.join(" ", options);
    return this;
  }

  Path config() {
    return config;
  }

  int port() {
    return port;
  }

  Loops loops() {
    return loops;
  }

  Path dataDir() {
    return folder.resolve("data");
  }

  String log() throws IOException {
    return Files.readString(folder.resolve("log"));
  }

  /** Fails when an event loop was held up by what it calls. */
  void assertThatNoLoopWasBlocked() throws IOException {
    loops.assertThatNoneWasBlocked(startLog, log());
  }

  String output() throws IOException {
    return Files.readString(folder.resolve("output"));
  }

  /** Starts it, and waits for nothing. A loop that is held up for 200 ms shows in its log. */
  void start() throws IOException {
    ProcessBuilder builder =
        new ProcessBuilder(ROOT + "/bin/agent", "start", "-f", config.toString())
            .redirectInput(ProcessBuilder.Redirect.from(new File("/dev/null")))
            .redirectOutput(ProcessBuilder.Redirect.appendTo(folder.resolve("output").toFile()))
            .redirectError(ProcessBuilder.Redirect.appendTo(folder.resolve("log").toFile()));
    builder.environment().put("AGENT_JAVA_OPTS", javaOptions);
    starts = true;
    loggedBefore = Files.exists(folder.resolve("log")) ? log().length() : 0;
    Process started = builder.start();
    process = started;
    loops.watch(started.toHandle());
  }

  /** Whether it answers. */
  boolean answers() throws InterruptedException {
    try {
      boolean answers = get("/me/status").statusCode() == 200;
      if (answers && starts) {
        starts = false;
        startLog += log().substring(loggedBefore);
      }
      return answers;
    } catch (IOException e) {
      return false;
    }
  }

  HttpResponse<String> get(String path) throws IOException, InterruptedException {
    return CLIENT.send(
        HttpRequest.newBuilder(uri(path)).timeout(Duration.ofSeconds(30)).build(),
        HttpResponse.BodyHandlers.ofString());
  }

  HttpResponse<String> post(String path, String body) throws IOException, InterruptedException {
    return CLIENT.send(
        HttpRequest.newBuilder(uri(path))
            .timeout(Duration.ofSeconds(30))
            .POST(HttpRequest.BodyPublishers.ofString(body))
            .build(),
        HttpResponse.BodyHandlers.ofString());
  }

  private URI uri(String path) {
    return URI.create("http://127.0.0.1:" + port + path);
  }

  /** Sends a signal: {@code TERM}, {@code INT}, {@code KILL}. */
  void signal(String name) throws IOException, InterruptedException {
    run("kill", "-s", name, Long.toString(running().pid()));
  }

  /** Its exit code, once it has ended; fails when it doesn't. */
  int exitCode() throws InterruptedException {
    if (!running().waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
      throw new IllegalStateException("the agent still runs");
    }
    return running().exitValue();
  }

  /** What it has taken of processors so far: unlike time, it hardly depends on the neighbours. */
  Duration processorTime() {
    return running().info().totalCpuDuration().orElseThrow();
  }

  /** Whether what was started last still runs. */
  boolean runs() {
    return running().isAlive();
  }

  long pid() {
    return running().pid();
  }

  private Process running() {
    Process started = process;
    if (started == null) {
      throw new IllegalStateException("not started");
    }
    return started;
  }

  /** What a command printed and ended with. */
  record Finished(int exitCode, String out) {}

  /** {@code bin/agent} with this agent's configuration. */
  Finished command(String... arguments) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of(ROOT + "/bin/agent"));
    command.addAll(List.of(arguments));
    command.addAll(List.of("-f", config.toString()));
    return run(command.toArray(new String[0]));
  }

  /** Runs a program; both its outputs together. */
  static Finished run(String... command) throws IOException, InterruptedException {
    return run(Map.of(), command);
  }

  static Finished run(Map<String, String> environment, String... command)
      throws IOException, InterruptedException {
    Path output = Files.createTempFile("command", ".out");
    try {
      ProcessBuilder builder =
          new ProcessBuilder(command)
              .directory(ROOT.toFile())
              .redirectInput(ProcessBuilder.Redirect.from(new File("/dev/null")))
              .redirectErrorStream(true)
              .redirectOutput(output.toFile());
      builder.environment().putAll(environment);
      Process started = builder.start();
      if (!started.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
        started.destroyForcibly();
        throw new IllegalStateException(List.of(command) + " still runs");
      }
      return new Finished(started.exitValue(), Files.readString(output));
    } finally {
      Files.delete(output);
    }
  }

  /** Processes that carry this agent's folder in their command line or environment. */
  List<String> leftBehind() throws IOException {
    List<String> left = new ArrayList<>();
    try (var processes = Files.newDirectoryStream(Path.of("/proc"), "[0-9]*")) {
      for (Path candidate : processes) {
        for (String file : List.of("cmdline", "environ")) {
          try {
            String text =
                Files.readString(
                    candidate.resolve(file), java.nio.charset.StandardCharsets.ISO_8859_1);
            if (text.contains(folder.toString())) {
              left.add(candidate + ": " + text.replace('\0', ' '));
            }
          } catch (IOException e) {
            // gone
          }
        }
      }
    }
    return left;
  }

  @Override
  public void close() {
    Process started = process;
    if (started != null) {
      started.destroyForcibly();
      started.onExit().join();
    }
  }
}
