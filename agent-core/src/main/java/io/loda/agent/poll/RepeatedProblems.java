package io.loda.agent.poll;

import java.util.HashMap;
import java.util.Map;
import org.slf4j.Logger;

/**
 * Logs a recurring problem once, again when its text changes, and when it is over. One event loop.
 */
final class RepeatedProblems {

  private final Logger log;
  private final Map<String, String> said = new HashMap<>();
  private boolean silent;

  RepeatedProblems(Logger log) {
    this.log = log;
  }

  void report(String subject, String what) {
    if (!what.equals(said.put(subject, what)) && !silent) {
      log.warn("registry: {}: {}", subject, what);
    }
  }

  /** Stops logging: what fails because the agent stops is no problem. */
  void silence() {
    silent = true;
  }

  void solved(String subject) {
    if (said.remove(subject) != null && !silent) {
      log.info("registry: {}: works again", subject);
    }
  }
}
