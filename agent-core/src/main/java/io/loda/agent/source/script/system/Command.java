package io.loda.agent.source.script.system;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** Runs small programs of the system. Blocks shortly: worker threads only. */
public final class Command {

  private static final Duration TIMEOUT = Duration.ofSeconds(5);

  private Command() {}

  /**
   * Returns the first line of a command's output; empty if it can't be started, fails or takes too
   * long.
   */
  public static String firstLine(String... command) {
    return output(List.of(command), TIMEOUT).flatMap(text -> text.lines().findFirst()).orElse("");
  }

  /** Returns the whole output of a command; empty as for {@link #firstLine}. */
  public static String text(String... command) {
    return output(List.of(command), TIMEOUT).orElse("");
  }

  /** Runs a command; returns whether it succeeded. */
  public static boolean run(List<String> command) {
    return run(command, TIMEOUT);
  }

  /** Like its overload, with a time-out. */
  public static boolean run(List<String> command, Duration timeout) {
    return output(command, timeout).isPresent();
  }

  private static Optional<String> output(List<String> command, Duration timeout) {
    try {
      Process process =
          new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD).start();
      process.getOutputStream().close();
      try {
        if (process.waitFor(timeout.toMillis(), TimeUnit.MILLISECONDS)
            && process.exitValue() == 0) {
          return Optional.of(new String(process.getInputStream().readAllBytes(), UTF_8));
        }
        return Optional.empty();
      } finally {
        process.destroyForcibly();
      }
    } catch (IOException e) {
      return Optional.empty();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return Optional.empty();
    }
  }
}
