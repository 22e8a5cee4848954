package io.loda.agent.source.script.result;

import io.loda.agent.plugin.Metric;
import java.time.Duration;
import java.time.Instant;
import java.util.List;

/**
 * A run of a plugin: how it began and ended, its metrics, and what it used. The runner makes it;
 * the job's health, the history, the API and the point {@code plugin.<Name>} are made of it.
 *
 * @param detail what happened, after a failure or a halt; empty otherwise
 * @param exitCode −1: there is none
 * @param metrics the good ones of its output; only the first, if they were sent already
 * @param sent how many were sent while they were read; 0: all are in {@code metrics}
 * @param refused a line for each bad item
 * @param stderr the end of it
 * @param badOutput the beginning of an output without any good metric; empty otherwise
 * @param textsDropped true: those two were dropped to make room for those of newer runs
 */
public record RunResult(
    Instant start,
    Occasion occasion,
    Outcome outcome,
    String detail,
    int exitCode,
    Duration duration,
    RunUsage usage,
    long outputBytes,
    List<Metric> metrics,
    long sent,
    RefusedItems refused,
    String stderr,
    String badOutput,
    boolean textsDropped) {

  private static final int LONGEST_REMEMBERED = 1000;

  public RunResult {
    metrics = List.copyOf(metrics);
  }

  /** How it ended; {@link #tag} is the value of the tag {@code result}. */
  public enum Outcome {
    OK("ok"),
    /** The agent ended a stream, which isn't a failure and tells nothing of the plugin. */
    HALTED("ok"),
    EXIT("exit"),
    TIMEOUT("timeout"),
    MEMORY("memory"),
    OUTPUT_TOO_LARGE("output-too-large"),
    BAD_OUTPUT("bad-output"),
    START_FAILED("start-failed"),
    /** A Java plugin failed. */
    FAILED("failed");

    private final String tag;

    Outcome(String tag) {
      this.tag = tag;
    }

    public String tag() {
      return tag;
    }
  }

  /**
   * Why and when the run began.
   *
   * @param commit of its checkout; empty for a plugin in a folder
   * @param skipped ticks since the last run that were skipped
   * @param lateMillis how late it began
   */
  public record Occasion(boolean byHand, String commit, int skipped, long lateMillis) {

    public static final Occasion SCHEDULED = new Occasion(false, "", 0, 0);
    public static final Occasion BY_HAND = new Occasion(true, "", 0, 0);

    /** Returns the value of the tag {@code type}. */
    public String type() {
      return byHand ? "call" : "regular";
    }
  }

  /** Creates the run of a process that has just ended. */
  public static RunResult of(
      Outcome outcome,
      String detail,
      int exitCode,
      Duration duration,
      RunUsage usage,
      long outputBytes,
      String stderr) {
    return new RunResult(
        Instant.now().minus(duration),
        Occasion.SCHEDULED,
        outcome,
        detail,
        exitCode,
        duration,
        usage,
        outputBytes,
        List.of(),
        0,
        RefusedItems.NONE,
        stderr,
        "",
        false);
  }

  /** Creates a run without a process: of a Java plugin, or of a plugin that couldn't be started. */
  public static RunResult withoutProcess(
      Outcome outcome, Duration duration, String detail, List<Metric> metrics) {
    return of(outcome, detail, -1, duration, RunUsage.NONE, 0, "")
        .withOutput(metrics, RefusedItems.NONE, 0);
  }

  public static RunResult startFailed(String detail) {
    return withoutProcess(Outcome.START_FAILED, Duration.ZERO, detail, List.of());
  }

  public boolean ok() {
    return outcome == Outcome.OK || outcome == Outcome.HALTED;
  }

  /** Returns how many metrics it has, including those sent already. */
  public long points() {
    return sent > 0 ? sent : metrics.size();
  }

  /** Returns whether the agent ended it, which tells nothing of the plugin. */
  public boolean halted() {
    return outcome == Outcome.HALTED;
  }

  public RunResult withOutput(List<Metric> metrics, RefusedItems refused, long sent) {
    return copy(
        occasion, outcome, detail, usage, metrics, sent, refused, stderr, badOutput, textsDropped);
  }

  public RunResult on(Occasion occasion) {
    return copy(
        occasion, outcome, detail, usage, metrics, sent, refused, stderr, badOutput, textsDropped);
  }

  public RunResult withNothingKept(String why) {
    return ended(outcome, detail, usage.withNothingKept(why), "");
  }

  public RunResult failed(Outcome outcome, String detail) {
    return ended(outcome, detail, usage, "");
  }

  /** Returns the same, failed because its output has no good metric. */
  public RunResult badOutput(String detail, OutputHead output) {
    return ended(Outcome.BAD_OUTPUT, "standard output: " + detail, usage, output.text());
  }

  /** Returns the remembered part: without metrics, with the beginnings of lists and texts. */
  public RunResult remembered() {
    return copy(
        occasion,
        outcome,
        cut(detail, LONGEST_REMEMBERED),
        usage,
        List.of(),
        points(),
        refused.first(),
        stderr,
        badOutput,
        textsDropped);
  }

  /**
   * Returns the same with other texts.
   *
   * @param dropped true: they were dropped
   */
  public RunResult withTexts(String stderr, String badOutput, boolean dropped) {
    return copy(
        occasion, outcome, detail, usage, metrics, sent, refused, stderr, badOutput, dropped);
  }

  private RunResult ended(Outcome outcome, String detail, RunUsage usage, String badOutput) {
    return copy(
        occasion, outcome, detail, usage, metrics, sent, refused, stderr, badOutput, textsDropped);
  }

  private RunResult copy(
      Occasion occasion,
      Outcome outcome,
      String detail,
      RunUsage usage,
      List<Metric> metrics,
      long sent,
      RefusedItems refused,
      String stderr,
      String badOutput,
      boolean textsDropped) {
    return new RunResult(
        start,
        occasion,
        outcome,
        detail,
        exitCode,
        duration,
        usage,
        outputBytes,
        metrics,
        sent,
        refused,
        stderr,
        badOutput,
        textsDropped);
  }

  /** Returns the beginning of a text that is too long. */
  public static String cut(String text, int length) {
    return text.length() > length ? text.substring(0, length) + "…" : text;
  }
}
