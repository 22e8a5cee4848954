package io.loda.agent.http;

import static java.time.temporal.ChronoUnit.MILLIS;
import static java.time.temporal.ChronoUnit.SECONDS;

import io.loda.agent.assignment.Assignment;
import io.loda.agent.assignment.RejectedItem;
import io.loda.agent.schedule.JobStatus;
import io.loda.agent.schedule.PluginCalls;
import io.loda.agent.source.script.result.RunResult;
import io.loda.common.config.Secrets;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import org.jspecify.annotations.Nullable;

/** Writes jobs, runs and rejected items as JSON. */
final class StatusJson {

  /** The most metrics of an answer: more would block the event loop that writes it for too long. */
  private static final int MOST_METRICS = 10_000;

  /** What a disabled plugin keeps that would keep something when enabled. */
  private static final String NOTHING_KEPT = "nothing, as it is disabled";

  private StatusJson() {}

  static JsonObject of(JobStatus job) {
    Assignment assignment = job.assignment();
    return new JsonObject()
        .put("key", assignment.key())
        .put("name", assignment.name())
        .put("interval", assignment.interval().toSeconds())
        .put("state", job.state())
        .put("problem", job.problem())
        .put("runs", job.runs())
        .put("failures", job.failures())
        .put("failures_in_row", job.failuresInRow())
        .put("slowed", job.slowed())
        .put("next_run", nextRun(job))
        .put("skipped", job.skipped())
        .put("last_ms", job.lastMillis());
  }

  private static @Nullable String nextRun(JobStatus job) {
    Duration left = job.untilNextRun();
    return left == null ? null : Instant.now().plus(left).truncatedTo(SECONDS).toString();
  }

  /** Writes a plugin for {@code /plugins/list}; null: the job isn't one of a plugin. */
  static @Nullable JsonObject plugin(JobStatus job) {
    if (job.assignment() instanceof Assignment.Script script) {
      return of(job)
          .put("type", "script")
          .put("namespace", script.namespace())
          .put("project", script.project())
          .put("git", Secrets.hidden(script.git()))
          .put("enabled", job.enabled())
          .put("keep", keep(script, job.enabled()));
    }
    if (job.assignment() instanceof Assignment.JavaPlugin plugin) {
      return of(job)
          .put("type", "java")
          .put("namespace", plugin.namespace())
          .put("enabled", job.enabled());
    }
    return null;
  }

  /** Says what happens to processes that a run by hand leaves running. */
  private static String keep(Assignment.Script script, boolean enabled) {
    if (!script.keep()) {
      return "nothing";
    }
    return enabled ? "what a good run leaves" : NOTHING_KEPT;
  }

  /** Writes a run of the history. */
  static JsonObject of(RunResult run) {
    return new JsonObject()
        .put("start", run.start().truncatedTo(MILLIS).toString())
        .put("result", run.outcome().tag())
        .put("type", run.occasion().type())
        .put("commit", run.occasion().commit())
        .put("detail", run.detail())
        .put("exit_code", run.exitCode())
        .put("duration_ms", run.duration().toMillis())
        .put("output_bytes", run.outputBytes())
        .put("points", run.points())
        .put("refused", run.refused().count())
        .put("first_refused", new JsonArray(run.refused().reasons()))
        .put("cpu_ms", run.usage().cpuMillis())
        .put("max_rss_kb", run.usage().maxRssKilobytes())
        .put("skipped", run.occasion().skipped())
        .put("late_ms", run.occasion().lateMillis())
        .put("leftovers", run.usage().leftovers())
        .put("stderr", run.stderr())
        .put("bad_output", run.badOutput())
        .put("stderr_dropped", run.textsDropped());
  }

  static JsonObject of(RejectedItem item) {
    return new JsonObject()
        .put("namespace", item.namespace())
        .put("name", item.name())
        .put("reason", item.reason());
  }

  static JsonObject of(PluginCalls.Ran ran) {
    RunResult result = ran.result();
    return new JsonObject()
        .put("status", result.ok() ? 200 : 500)
        .put("message", result.ok() ? done(ran) : result.detail())
        .put("result", result.outcome().tag())
        .put("exit_code", result.exitCode())
        .put("duration_ms", result.duration().toMillis())
        .put("output_bytes", result.outputBytes())
        .put("points", result.points())
        .put("metrics", metrics(result))
        .put("refused", new JsonArray(result.refused()))
        .put("cpu_ms", result.usage().cpuMillis())
        .put("max_rss_kb", result.usage().maxRssKilobytes())
        .put("leftovers", result.usage().leftovers())
        .put("kept", result.usage().kept())
        .put("stderr", result.stderr())
        .put("bad_output", result.badOutput());
  }

  /** Says that a run was good in the older agent's words, and what it left running. */
  static String done(PluginCalls.Ran ran) {
    int ended = ran.result().usage().leftovers();
    int kept = ran.result().usage().kept();
    String whyNotKept = ran.result().usage().whyNotKept();
    return "run plugin successfully"
        + (ended == 0 ? "" : "; processes that it left running were ended: " + ended)
        + (ended == 0 || whyNotKept.isEmpty() ? "" : ", as " + whyNotKept)
        + (kept == 0 ? "" : "; processes that it left running go on: " + kept);
  }

  /** Writes the metrics as the plugin printed them, before they get their full names and tags. */
  private static JsonArray metrics(RunResult result) {
    JsonArray list = new JsonArray();
    result.metrics().stream()
        .limit(MOST_METRICS)
        .forEach(
            metric ->
                list.add(
                    new JsonObject()
                        .put("name", metric.name())
                        .put("timestamp", metric.timestamp())
                        .put("tags", new JsonObject(new LinkedHashMap<>(metric.tags())))
                        .put("fields", new JsonObject(new LinkedHashMap<>(metric.fields())))));
    return list;
  }
}
