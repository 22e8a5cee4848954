package io.loda.agent.source.script.process;

import java.util.Set;

/** Takes what a run prints, piece by piece, in the run's own thread. */
public interface RunOutput {

  void write(byte[] chunk, int length) throws InterruptedException;

  /**
   * Is called again and again, also while nothing is printed; comes back soon.
   *
   * @param processes of the run, as they were seen last
   */
  default void look(Set<Long> processes) {}

  /** Whether it can take something now; until it can, the run waits at its pipe. */
  default boolean isReady() {
    return true;
  }

  /** Why what the run printed isn't read any more; empty: it is. */
  default String unread() {
    return "";
  }

  /** Whether more of its standard error may be read now. */
  default boolean takesErrors() {
    return true;
  }

  /** So much of its standard error was read. */
  default void errorsRead(int bytes) {}

  /** Whether it is more than a run may print, so that the run is to be ended. */
  boolean tooLarge();

  /** How much it was. */
  long size();

  /** What is kept of it. */
  default byte[] bytes() {
    return new byte[0];
  }
}
