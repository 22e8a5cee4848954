package io.loda.agent.builtin.kit;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;

/** Logs each warning once: the same fault mostly occurs at the next measurement, too. */
public final class Warnings {
  /** Bounds the memory for subjects that come and go by the thousand. */
  private static final int MOST_REMEMBERED = 1000;

  private final Logger log;
  private final Set<String> said = ConcurrentHashMap.newKeySet();

  public Warnings(Logger log) {
    this.log = log;
  }

  /**
   * Logs a warning the first time.
   *
   * @param about the subject; later warnings of the same subject are left out
   */
  public void once(String about, String message) {
    if (said.size() >= MOST_REMEMBERED) {
      said.clear();
    }
    if (said.add(about)) {
      log.warn(message);
    }
  }

  /** Forgets a subject, so that the next warning of it is logged again. */
  public void over(String about) {
    said.remove(about);
  }
}
