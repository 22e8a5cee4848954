package io.loda.agent.builtin.kit;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;

/** Says each thing once: what is wrong at one measurement is mostly wrong at the next, too. */
public final class Warnings {
  /** So that things that come and go by the thousand can't fill the memory. */
  private static final int MOST_REMEMBERED = 1000;

  private final Logger log;
  private final Set<String> said = ConcurrentHashMap.newKeySet();

  public Warnings(Logger log) {
    this.log = log;
  }

  /**
   * Warns of it, the first time.
   *
   * @param about what the warning is about: the second one about it is left out
   */
  public void once(String about, String message) {
    if (said.size() >= MOST_REMEMBERED) {
      said.clear();
    }
    if (said.add(about)) {
      log.warn(message);
    }
  }

  /** Forgets, so that it is said again should it come back. */
  public void over(String about) {
    said.remove(about);
  }
}
