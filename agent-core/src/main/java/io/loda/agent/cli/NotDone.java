package io.loda.agent.cli;

import java.io.IOException;

/** What a command was asked for wasn't done; the message says why. */
public final class NotDone extends IOException {

  /** It failed; of a call: no process holds the data folder. */
  public static final int FAILED = 1;

  public static final int USAGE = 2;

  /** The agent runs and doesn't answer. */
  static final int HANGS = 3;

  /** Another agent or program answers. */
  static final int ANOTHER = 4;

  private static final long serialVersionUID = 1L;

  private final int exitCode;

  public NotDone(String message) {
    this(FAILED, message);
  }

  public NotDone(int exitCode, String message) {
    super(message);
    this.exitCode = exitCode;
  }

  int exitCode() {
    return exitCode;
  }
}
