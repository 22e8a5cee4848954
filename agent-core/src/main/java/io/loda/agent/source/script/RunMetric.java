package io.loda.agent.source.script;

import io.loda.agent.plugin.Metric;
import io.loda.agent.source.PluginRun;
import java.util.LinkedHashMap;
import java.util.Map;

/** The metric about a run: {@code plugin.<Name>}, by section 2 of the wire contract. */
final class RunMetric {

  private RunMetric() {}

  static Metric of(String name, PluginRun run) {
    Map<String, String> tags = new LinkedHashMap<>();
    tags.put("result", run.result());
    tags.put("type", run.type());
    if (!run.commit().isEmpty()) {
      tags.put("commit", run.commit());
    }
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put(Metric.VALUE, run.ok() ? 1 : 0);
    fields.put("duration_ms", run.duration().toMillis());
    fields.put("exit_code", run.exitCode());
    fields.put("output_bytes", run.outputBytes());
    fields.put("points", run.points());
    fields.put("refused", run.refused());
    fields.put("cpu_ms", run.cpuMillis());
    fields.put("max_rss_kb", run.maxRssKilobytes());
    fields.put("skipped", run.skipped());
    fields.put("late_ms", run.lateMillis());
    return new Metric(name, 0, tags, fields);
  }
}
