package io.loda.common.testing;

import static org.awaitility.Awaitility.await;

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
import java.util.stream.Stream;
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

  /** SIGSTOP; it does nothing more: each of its threads stops when the system gets to it. */
  void stop() throws IOException, InterruptedException {
    signal("STOP");
    Path tasks = Path.of("/proc", Long.toString(Objects.requireNonNull(process).pid()), "task");
    await()
        .until(
            () -> {
              try (Stream<Path> all = Files.list(tasks)) {
                return all.allMatch(ServerProcess::isStopped);
              }
            });
  }

  private static boolean isStopped(Path task) {
    try {
      String stat = Files.readString(task.resolve("stat"));
      // behind the name, which may hold anything
      return stat.startsWith(") T ", stat.lastIndexOf(')'));
    } catch (IOException e) {
      return true;
    }
  }

  /** SIGCONT. */
  void resume() throws IOException, InterruptedException {
    signal("CONT");
  }

  private void signal(String name) throws IOException, InterruptedException {
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
