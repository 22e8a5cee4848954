package io.loda.common.testing;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * A real nsqd with a data folder of its own. It keeps nothing in its memory only, and what it keeps
 * outlives its process, not the machine: it brings each message to disk, which takes a while, so
 * its folder is in the system's memory where that can be had.
 */
public final class Nsqd implements AutoCloseable {

  private static final Path MEMORY = Path.of("/dev/shm");
  private static final long ROOM = 512L << 20;
  private static final Pattern UNDER_WAY =
      Pattern.compile("\"(in_flight_count|client_count)\":[1-9]");

  private static final HttpClient CLIENT =
      HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(1)).build();

  private final int tcpPort;
  private final int httpPort;
  private final Path folder;
  private final ServerProcess process;

  private Nsqd(String program, List<String> options) throws IOException {
    this.folder =
        Files.isWritable(MEMORY) && MEMORY.toFile().getUsableSpace() > ROOM
            ? Files.createTempDirectory(MEMORY, "nsqd-test")
            : Files.createTempDirectory("nsqd-test");
    this.tcpPort = FreePort.find();
    this.httpPort = FreePort.find();
    List<String> command =
        new ArrayList<>(
            List.of(
                program,
                "-data-path=" + folder,
                "-mem-queue-size=0",
                "-sync-every=1",
                "-tcp-address=127.0.0.1:" + tcpPort,
                "-http-address=127.0.0.1:" + httpPort,
                "-https-address=",
                "-broadcast-address=127.0.0.1"));
    command.addAll(options);
    this.process =
        new ServerProcess(
            command,
            folder.resolve("nsqd.log"),
            URI.create("http://127.0.0.1:" + httpPort + "/ping"));
  }

  /** Starts one, with further options that go over the usual. */
  public static Nsqd started(String... options) throws IOException, InterruptedException {
    Nsqd nsqd = prepare(options);
    nsqd.start();
    return nsqd;
  }

  /** One that isn't started yet. */
  public static Nsqd prepare(String... options) throws IOException, InterruptedException {
    return new Nsqd(TestProgram.find("nsqd-for-tests"), List.of(options));
  }

  /** Starts it again after a {@link #kill}: the same ports, the same data. */
  public void start() throws IOException, InterruptedException {
    process.start();
  }

  /** SIGSTOP: the system still takes connections for it, and nobody answers. */
  public void stop() throws IOException, InterruptedException {
    process.stop();
  }

  /** SIGCONT. */
  public void resume() throws IOException, InterruptedException {
    process.resume();
  }

  /** SIGKILL; its data stays. */
  public void kill() {
    process.kill();
  }

  public int port() {
    return tcpPort;
  }

  public int httpPort() {
    return httpPort;
  }

  /** What it says of itself, as JSON. */
  public String stats() throws IOException, InterruptedException {
    URI uri = URI.create("http://127.0.0.1:" + httpPort + "/stats?format=json");
    return CLIENT
        .send(HttpRequest.newBuilder(uri).build(), HttpResponse.BodyHandlers.ofString())
        .body();
  }

  /**
   * Whether it has noticed that consumers left: what is under way to one is in its memory only, and
   * gone after a {@link #kill}.
   */
  public boolean hasNothingUnderWay() throws IOException, InterruptedException {
    return !UNDER_WAY.matcher(stats()).find();
  }

  public String address() {
    return "127.0.0.1:" + tcpPort;
  }

  public NsqConsumer consume(String topic) throws IOException {
    return new NsqConsumer(tcpPort, topic);
  }

  /** Ends it, and removes its data. */
  @Override
  public void close() throws IOException {
    kill();
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }
}
