package io.loda.agent.schedule;

import io.loda.agent.source.script.result.RefusedItems;
import io.loda.agent.source.script.result.RunResult;
import io.loda.agent.source.script.result.RunUsage;
import java.time.Duration;
import java.time.Instant;
import java.util.List;

/** Runs of plugins, made up. */
public final class Runs {

  private Runs() {}

  static RunResult ok(String stderr) {
    return ok(Instant.EPOCH, stderr);
  }

  public static RunResult ok(Instant start, String stderr) {
    return run(start, RunResult.Outcome.OK, stderr);
  }

  static RunResult failed() {
    return run(Instant.EPOCH, RunResult.Outcome.EXIT, "");
  }

  static RunResult halted() {
    return run(Instant.EPOCH, RunResult.Outcome.HALTED, "");
  }

  public static RunResult badOutput(Instant start, String stderr, String output) {
    return run(start, RunResult.Outcome.BAD_OUTPUT, stderr).withTexts(stderr, output, false);
  }

  private static RunResult run(Instant start, RunResult.Outcome outcome, String stderr) {
    return new RunResult(
        start,
        RunResult.Occasion.SCHEDULED,
        outcome,
        "",
        0,
        Duration.ofMillis(1),
        new RunUsage(0, 0, 0, 0, ""),
        2,
        List.of(),
        0,
        RefusedItems.NONE,
        stderr,
        "",
        false);
  }
}
