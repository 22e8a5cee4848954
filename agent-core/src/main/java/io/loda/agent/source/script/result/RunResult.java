package io.loda.agent.source.script.result;

import io.loda.agent.plugin.Metric;
import java.time.Duration;
import java.util.List;

/**
 * How a run of a plugin ended.
 *
 * @param exitCode −1 where there is none
 * @param detail for a failure, or what was halted: what happened, in words; empty otherwise
 * @param metrics what it printed, its bad items left out; of what was sent, the first only
 * @param sent how many were sent while they were read; 0: all are in {@code metrics}
 * @param refused a line for each bad item
 * @param stderr its end
 * @param usage what it took of the host
 * @param badOutput how the output began in which nothing is good; empty otherwise
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

  /** A result without a bad output. */
  public RunResult(
      Outcome outcome,
      int exitCode,
      Duration duration,
      long outputBytes,
      String detail,
      List<Metric> metrics,
      long sent,
      List<String> refused,
      String stderr,
      RunUsage usage) {
    this(
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
        "");
  }

  /** How it ended, in the words that the tag {@code result} uses. */
  public enum Outcome {
    OK("ok"),
    /** The agent ended a stream: that is no failure, and says nothing of the plugin. */
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

  /** Of a Java plugin, which is no process. */
  public static RunResult ofJava(
      Outcome outcome, Duration duration, String detail, List<Metric> metrics) {
    return new RunResult(
        outcome, -1, duration, 0, detail, metrics, 0, List.of(), "", RunUsage.NONE);
  }

  public static RunResult startFailed(String detail) {
    return new RunResult(
        Outcome.START_FAILED,
        -1,
        Duration.ZERO,
        0,
        detail,
        List.of(),
        0,
        List.of(),
        "",
        RunUsage.NONE);
  }

  public RunResult withOutput(List<Metric> metrics, List<String> refused) {
    return withSent(metrics, refused, 0);
  }

  public RunResult withSent(List<Metric> metrics, List<String> refused, long sent) {
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

  /** How many metrics it gave. */
  public long points() {
    return sent > 0 ? sent : metrics.size();
  }

  public RunResult withNothingKept(String why) {
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
        usage.withNothingKept(why));
  }

  public RunResult failed(Outcome outcome, String detail) {
    return new RunResult(
        outcome, exitCode, duration, outputBytes, detail, metrics, sent, refused, stderr, usage);
  }

  /** Nothing in its output is good. */
  public RunResult badOutput(String detail, OutputHead output) {
    return new RunResult(
        Outcome.BAD_OUTPUT,
        exitCode,
        duration,
        outputBytes,
        "standard output: " + detail,
        metrics,
        sent,
        refused,
        stderr,
        usage,
        output.text());
  }
}
