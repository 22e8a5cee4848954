package io.loda.agent.schedule;

import java.util.HashMap;
import java.util.Map;
import org.slf4j.Logger;

/**
 * Logs a problem that comes back every minute once, and once more when it is over. One event loop.
 */
final class RepeatedProblems {

  private final Logger log;
  private final Map<String, String> said = new HashMap<>();

  RepeatedProblems(Logger log) {
    this.log = log;
  }

  void report(String subject, String what) {
    if (!what.equals(said.put(subject, what))) {
      log.warn("registry, {}: {}", subject, what);
    }
  }

  void solved(String subject) {
    if (said.remove(subject) != null) {
      log.info("registry, {}: all is well again", subject);
    }
  }
}
