package io.loda.agent.schedule;

/** A call on a plugin that can't be done; the message is for whoever called. */
public final class PluginCallException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  /** Why. */
  public enum Kind {
    NOT_ASSIGNED,
    RUNNING,
    NOT_READY,
    /** The host's owner doesn't allow it. */
    REFUSED
  }

  private final Kind kind;

  PluginCallException(Kind kind, String message) {
    super(message);
    this.kind = kind;
  }

  public Kind kind() {
    return kind;
  }
}
