package io.loda.agent.assignment;

import java.time.Duration;
import java.util.List;

/** Script plugins, with the defaults of what a test doesn't say. */
public final class Scripts {

  private Scripts() {}

  /** One of the configured branch that runs at its interval and prints what it likes. */
  public static Assignment.Script script(
      String namespace,
      String name,
      String git,
      String project,
      List<String> parameters,
      Duration interval) {
    return new Assignment.Script(
        namespace, name, git, project, parameters, interval, "", false, OutputFormat.AUTO, false);
  }
}
