package io.loda.agent.source.script;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.util.concurrent.TimeUnit;

/** Runs one of the system's small programs. Blocks shortly: worker threads only. */
final class Command {

  private static final int SECONDS = 5;

  private Command() {}

  /** What it prints first; empty when it can't be started, fails or takes too long. */
  static String firstLine(String... command) {
    try {
      Process process =
          new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD).start();
      process.getOutputStream().close();
      try {
        if (process.waitFor(SECONDS, TimeUnit.SECONDS) && process.exitValue() == 0) {
          return new String(process.getInputStream().readAllBytes(), UTF_8)
              .lines()
              .findFirst()
              .orElse("");
        }
        return "";
      } finally {
        process.destroyForcibly();
      }
    } catch (IOException e) {
      return "";
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return "";
    }
  }

  /** Runs it and forgets it. */
  static void run(String... command) {
    firstLine(command);
  }
}
