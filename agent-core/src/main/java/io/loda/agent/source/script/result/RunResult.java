package io.loda.agent.source.script.result;

import io.loda.agent.plugin.Metric;
import java.time.Duration;
import java.util.List;

/**
 * How a run of a plugin ended.
 *
 * @param exitCode −1: there is none
 * @param detail what happened, after a failure or a halt; empty otherwise
 * @param metrics the good ones of its output; only the first, if they were sent already
 * @param sent how many were sent while they were read; 0: all are in {@code metrics}
 * @param refused a line for each bad item
 * @param stderr the end of it
 * @param usage of the host's resources
 * @param badOutput the beginning of an output without any good metric; empty otherwise
 */
public record RunResult(
    Outcome outcome,
    int exitCode,
    Duration duration,
    long outputBytes,
    String detail,
    List<Metric> metrics,
    long sent,
    List<String> refused,
    String stderr,
    RunUsage usage,
    String badOutput) {

  public RunResult {
    metrics = List.copyOf(metrics);
    refused = refused instanceof Refusals ? refused : List.copyOf(refused);
  }

  /** How it ended; {@link #tag} is the value of the tag {@code result}. */
  public enum Outcome {
    OK("ok"),
    /** The agent ended a stream, which isn't a failure. */
    HALTED("ok"),
    EXIT("exit"),
    TIMEOUT("timeout"),
    MEMORY("memory"),
    OUTPUT_TOO_LARGE("output-too-large"),
    BAD_OUTPUT("bad-output"),
    START_FAILED("start-failed"),
    /** A Java plugin's. */
    FAILED("failed");

    private final String tag;

    Outcome(String tag) {
      this.tag = tag;
    }

    public String tag() {
      return tag;
    }
  }

  public boolean ok() {
    return outcome == Outcome.OK || outcome == Outcome.HALTED;
  }

  /** How many metrics it has, including those sent already. */
  public long points() {
    return sent > 0 ? sent : metrics.size();
  }

  /** The result of what had no process: a Java plugin, or a plugin that couldn't be started. */
  public static RunResult withoutProcess(
      Outcome outcome, Duration duration, String detail, List<Metric> metrics) {
    return new RunResult(
        outcome, -1, duration, 0, detail, metrics, 0, List.of(), "", RunUsage.NONE, "");
  }

  public static RunResult startFailed(String detail) {
    return withoutProcess(Outcome.START_FAILED, Duration.ZERO, detail, List.of());
  }

  public RunResult withOutput(List<Metric> metrics, List<String> refused, long sent) {
    return new RunResult(
        outcome,
        exitCode,
        duration,
        outputBytes,
        detail,
        metrics,
        sent,
        refused,
        stderr,
        usage,
        badOutput);
  }

  private RunResult with(Outcome outcome, String detail, RunUsage usage, String badOutput) {
    return new RunResult(
        outcome,
        exitCode,
        duration,
        outputBytes,
        detail,
        metrics,
        sent,
        refused,
        stderr,
        usage,
        badOutput);
  }

  public RunResult withNothingKept(String why) {
    return with(outcome, detail, usage.withNothingKept(why), "");
  }

  public RunResult failed(Outcome outcome, String detail) {
    return with(outcome, detail, usage, "");
  }

  /** The same, failed as its output has no good metric. */
  public RunResult badOutput(String detail, OutputHead output) {
    return with(Outcome.BAD_OUTPUT, "standard output: " + detail, usage, output.text());
  }
}
