package io.loda.agent.http;

import io.loda.agent.assignment.Assignment;
import io.loda.agent.assignment.RejectedItem;
import io.loda.agent.schedule.JobStatus;
import io.loda.agent.source.script.RunResult;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;

/** What jobs, runs and left-out items look like as JSON. */
final class StatusJson {

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
        .put("skipped", job.skipped())
        .put("last_ms", job.lastMillis());
  }

  static JsonArray of(List<RejectedItem> rejected) {
    JsonArray list = new JsonArray();
    for (RejectedItem item : rejected) {
      list.add(
          new JsonObject()
              .put("namespace", item.namespace())
              .put("name", item.name())
              .put("reason", item.reason()));
    }
    return list;
  }

  static JsonObject of(RunResult result) {
    return new JsonObject()
        .put("status", result.ok() ? 200 : 500)
        .put("message", result.ok() ? "run plugin successfully" : result.detail())
        .put("result", result.outcome().tag())
        .put("exit_code", result.exitCode())
        .put("duration_ms", result.duration().toMillis())
        .put("output_bytes", result.outputBytes())
        .put("points", result.metrics().size())
        .put("refused", new JsonArray(result.refused()))
        .put("stderr", result.stderr());
  }
}
