package io.loda.agent.source.script.process;

import java.util.Set;

/** Takes a run's output in pieces, in the run's own thread. */
public interface RunOutput {

  void write(byte[] chunk, int length) throws InterruptedException;

  /**
   * Called repeatedly, even without output; must return soon.
   *
   * @param processes the run's processes at the last look
   */
  default void look(Set<Long> processes) {}

  /** Returns whether it can take output now; until then the run waits at its pipe. */
  default boolean isReady() {
    return true;
  }

  /** Returns why the output isn't read any more; empty: it is read. */
  default String unread() {
    return "";
  }

  /** Returns whether standard error may be read now. */
  default boolean takesErrors() {
    return true;
  }

  /** Notes how much of standard error was read. */
  default void errorsRead(int bytes) {}

  /** Returns whether the output exceeds the limit, so that the run has to end. */
  boolean tooLarge();

  long size();
}
