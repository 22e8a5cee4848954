package io.loda.agent.source.script;

import io.loda.agent.metric.MetricJson;
import java.io.IOException;

/** Reads what a plugin printed. */
final class PluginOutputParser {

  private PluginOutputParser() {}

  /** The result with its metrics. A plugin that has nothing to say may print nothing. */
  static RunResult parse(RunResult result, byte[] output) {
    if (isBlank(output)) {
      return result;
    }
    try {
      MetricJson.Parsed parsed = MetricJson.parse(output);
      return result.withOutput(parsed.metrics(), parsed.refused());
    } catch (IOException e) {
      return result.failed(
          RunResult.Outcome.BAD_OUTPUT, "standard output: " + String.valueOf(e.getMessage()));
    }
  }

  private static boolean isBlank(byte[] output) {
    for (byte b : output) {
      if (b != ' ' && b != '\n' && b != '\r' && b != '\t') {
        return false;
      }
    }
    return true;
  }
}
