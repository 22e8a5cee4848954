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
  private final Check check;
  private @Nullable Process process;

  /** Whether a server is there for its callers. */
  interface Check {
    boolean isReady() throws IOException, InterruptedException;
  }

  ServerProcess(List<String> command, Path log, URI ping) {
    this(command, log, () -> answers(ping));
  }

  ServerProcess(List<String> command, Path log, Check check) {
    this.command = command;
    this.log = log;
    this.check = check;
  }

  void start() throws IOException, InterruptedException {
    Process started =
        new ProcessBuilder(command)
            .directory(Objects.requireNonNull(log.getParent()).toFile())
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()))
            .start();
    process = started;
    long end = System.nanoTime() + Duration.ofSeconds(START_SECONDS).toNanos();
    while (!check.isReady()) {
      if (!started.isAlive() || System.nanoTime() > end) {
        kill();
        throw new IllegalStateException(command + " didn't start: " + Files.readString(log));
      }
      started.waitFor(50, TimeUnit.MILLISECONDS);
    }
  }

  private static boolean answers(URI ping) throws InterruptedException {
    try {
      HttpRequest request = HttpRequest.newBuilder(ping).timeout(Duration.ofSeconds(1)).build();
      return CLIENT.send(request, HttpResponse.BodyHandlers.discarding()).statusCode() < 300;
    } catch (IOException e) {
      return false;
    }
  }

  /** Of the one that runs. */
  long pid() {
    return Objects.requireNonNull(process).pid();
  }

  /** SIGSTOP; it does nothing more: each of its threads stops when the system gets to it. */
  void stop() throws IOException {
    stop(pid());
  }

  /** The same with its children, it first: it starts no others then. */
  void stopAll() throws IOException {
    stop(pid());
    for (ProcessHandle child : children()) {
      if (child.isAlive()) {
        stop(child.pid());
      }
    }
  }

  private static void stop(long pid) throws IOException {
    signal("STOP", pid);
    Path tasks = Path.of("/proc", Long.toString(pid), "task");
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
      // behind the name, which may hold anything; one that has ended does nothing either
      return stat.startsWith(") T ", stat.lastIndexOf(')'))
          || stat.startsWith(") Z ", stat.lastIndexOf(')'));
    } catch (IOException e) {
      return true;
    }
  }

  /** SIGCONT. */
  void resume() throws IOException {
    signal("CONT", pid());
  }

  /** The same with its children. */
  void resumeAll() throws IOException {
    for (ProcessHandle child : children()) {
      signal("CONT", child.pid());
    }
    resume();
  }

  private List<ProcessHandle> children() {
    return Objects.requireNonNull(process).descendants().toList();
  }

  private static void signal(String name, long process) throws IOException {
    String pid = Long.toString(process);
    if (new ProcessBuilder("kill", "-s", name, pid).start().onExit().join().exitValue() != 0) {
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

  /** SIGKILL of it and its children. */
  void killAll() throws IOException {
    if (process != null && process.isAlive()) {
      // it starts no others while it is killed
      stop();
      List<ProcessHandle> children = children();
      kill();
      children.forEach(ProcessHandle::destroyForcibly);
      children.forEach(child -> child.onExit().join());
    }
  }
}
