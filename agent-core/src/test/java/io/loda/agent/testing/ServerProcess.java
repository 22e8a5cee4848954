package io.loda.agent.testing;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** A server as a child process: exactly this one is ended. */
final class ServerProcess {

  private static final HttpClient CLIENT =
      HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(1)).build();
  private static final int START_SECONDS = 60;

  private final List<String> command;
  private final Path log;
  private final URI ping;
  private @Nullable Process process;

  ServerProcess(List<String> command, Path log, URI ping) {
    this.command = command;
    this.log = log;
    this.ping = ping;
  }

  void start() throws IOException, InterruptedException {
    Process started =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()))
            .start();
    process = started;
    long end = System.nanoTime() + Duration.ofSeconds(START_SECONDS).toNanos();
    while (!answers()) {
      if (!started.isAlive() || System.nanoTime() > end) {
        kill();
        throw new IllegalStateException(command + " didn't start: " + Files.readString(log));
      }
      started.waitFor(50, TimeUnit.MILLISECONDS);
    }
  }

  private boolean answers() throws InterruptedException {
    try {
      HttpRequest request = HttpRequest.newBuilder(ping).timeout(Duration.ofSeconds(1)).build();
      return CLIENT.send(request, HttpResponse.BodyHandlers.discarding()).statusCode() < 300;
    } catch (IOException e) {
      return false;
    }
  }

  /** SIGSTOP, SIGCONT… */
  void signal(String name) throws IOException, InterruptedException {
    Process running = Objects.requireNonNull(process);
    String pid = Long.toString(running.pid());
    if (new ProcessBuilder("kill", "-s", name, pid).start().waitFor() != 0) {
      throw new IllegalStateException("can't send " + name + " to " + pid);
    }
  }

  /** SIGKILL. */
  void kill() {
    Process running = process;
    if (running != null) {
      running.destroyForcibly();
      running.onExit().join();
      process = null;
    }
  }
}
