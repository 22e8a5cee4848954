package io.loda.agent.builtin;

import io.loda.agent.builtin.log.LogPlugin;
import io.loda.agent.plugin.AgentParameters;
import io.loda.agent.plugin.Metric;
import io.loda.agent.plugin.Sampler;
import io.loda.common.files.allowed.LogFiles;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A process of its own that counts a log's lines when it is told to, and can be killed. */
final class LogFollower implements AutoCloseable {
  private final Process process;
  private final BufferedReader answers;

  private LogFollower(Process process) {
    this.process = process;
    this.answers = process.inputReader();
  }

  /** Starts it, and waits until it follows. */
  static LogFollower start(Path log, Path state, String pattern) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add(io.loda.common.files.SafeFiles.JVM_OPTION);
    command.addAll(List.of("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-cp"));
    command.add(System.getProperty("java.class.path"));
    command.add(LogFollower.class.getName());
    command.addAll(List.of(log.toString(), state.toString(), pattern));
    LogFollower follower =
        new LogFollower(
            new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start());
    follower.answer();
    return follower;
  }

  /** Has it look once, and gives how many it has counted; waits for nothing else. */
  long count() {
    ask();
    return answer();
  }

  /** Has it look once, without waiting for what it counts. */
  void ask() {
    try {
      process.getOutputStream().write('\n');
      process.getOutputStream().flush();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private long answer() {
    try {
      String line = answers.readLine();
      if (line == null) {
        throw new IllegalStateException("the process that follows the log has ended");
      }
      return Long.parseLong(line);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** SIGKILL, as {@code kill -9} sends it. */
  void kill() throws InterruptedException {
    process.destroyForcibly().waitFor();
  }

  /** Lets it end by itself. */
  @Override
  public void close() {
    try {
      process.getOutputStream().close();
      process.waitFor();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      process.destroyForcibly();
    }
  }

  public static void main(String[] arguments) throws Exception {
    Map<String, String> item =
        Map.of(
            "name",
            "LOG.x",
            "file_path",
            arguments[0],
            "pattern",
            arguments[2],
            AgentParameters.STATE_DIR,
            arguments[1]);
    LogPlugin plugin = new LogPlugin();
    plugin.logFiles(
        new LogFiles(
            List.of(Path.of(arguments[0]).getParent()), Path.of("/"), real -> Optional.empty()));
    try (Sampler sampler = plugin.open(item)) {
      System.out.println(0);
      while (System.in.read() >= 0) {
        List<Metric> metrics = sampler.collect();
        System.out.println(
            metrics.stream().mapToLong(metric -> ((Number) metric.value()).longValue()).sum());
      }
    }
  }
}
