package io.loda.agent.schedule;

import io.loda.agent.source.PluginRun;
import java.time.Duration;
import java.time.Instant;
import java.util.List;

/** Runs of plugins, made up. */
public final class Runs {

  private Runs() {}

  static PluginRun ok(String stderr) {
    return ok(Instant.EPOCH, stderr);
  }

  public static PluginRun ok(Instant start, String stderr) {
    return run(start, "ok", false, stderr);
  }

  static PluginRun failed() {
    return run(Instant.EPOCH, "exit", false, "");
  }

  static PluginRun halted() {
    return run(Instant.EPOCH, "ok", true, "");
  }

  public static PluginRun badOutput(Instant start, String stderr, String output) {
    return run(start, "bad-output", false, stderr).withTexts(stderr, output);
  }

  private static PluginRun run(Instant start, String result, boolean halted, String stderr) {
    return new PluginRun(
        start,
        result,
        halted,
        "regular",
        "",
        0,
        Duration.ofMillis(1),
        2,
        0,
        0,
        List.of(),
        0,
        0,
        0,
        0,
        0,
        "",
        stderr,
        "");
  }
}
