package io.loda.agent.source.script.run;

import java.time.Duration;
import java.util.List;

/**
 * The request for a run.
 *
 * @param project the name of its scratch folder
 * @param interval zero for a plugin that runs on demand only
 * @param cancellation ends the run
 * @param turn its place in the queue
 * @param keepFor the repository whose processes may outlive the run, if there are control groups;
 *     empty: they are ended
 */
public record RunRequest(
    String namespace,
    String name,
    String project,
    List<String> arguments,
    Duration interval,
    Duration timeout,
    Cancellation cancellation,
    RunTurn turn,
    String keepFor) {

  boolean keeps() {
    return !keepFor.isEmpty();
  }

  /** Returns the plugin's key. */
  String plugin() {
    return namespace + '|' + project;
  }
}
