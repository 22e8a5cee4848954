package io.loda.agent.cli.plugintest;

import io.loda.agent.assignment.Assignment;
import io.loda.agent.source.script.result.RunResult;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** Finds warnings about a plugin's run for its author. */
final class TrialWarnings {

  private static final double CLOSE_TO_IT = 0.8;

  private TrialWarnings() {}

  static List<String> of(RunResult result, Assignment.Script script, Duration timeout) {
    List<String> warnings = new ArrayList<>();
    boolean onDemand = script.interval().isZero();
    if (result.outcome() == RunResult.Outcome.TIMEOUT) {
      warnings.add(
          onDemand
              ? "it doesn't end in time; /plugins/run takes a longer `timeout`"
              : "it doesn't end within its interval of "
                  + script.interval().toSeconds()
                  + " s; assign a longer one, or let it do less");
      if (result.outputBytes() > 0) {
        warnings.add(
            "it printed "
                + result.outputBytes()
                + " bytes and continued: a plugin that prints for ever needs mode = stream");
      }
    } else if (result.duration().toMillis() > timeout.toMillis() * CLOSE_TO_IT) {
      warnings.add(
          "it took most of its time: on a busy host it would exceed its interval of "
              + script.interval().toSeconds()
              + " s");
    }
    if (result.usage().leftovers() > 0) {
      warnings.add(
          leftovers(result.usage().leftovers())
              + (script.keep() ? ", as a test keeps nothing; the agent keeps them" : ""));
    }
    if (result.ok() && !onDemand && result.metrics().isEmpty()) {
      warnings.add("it printed no metric");
    }
    return warnings;
  }

  static String leftovers(int count) {
    return "it left " + TrialReport.count(count, "process", "processes") + " running: ended";
  }
}
