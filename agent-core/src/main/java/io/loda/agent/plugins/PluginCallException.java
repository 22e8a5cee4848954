package io.loda.agent.plugins;

/** A call on a plugin that can't be done; the message is for whoever called. */
public final class PluginCallException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  /** Why. */
  public enum Kind {
    NOT_ASSIGNED,
    /** Several are meant. */
    AMBIGUOUS,
    /** The call asks for what there isn't. */
    WRONG,
    RUNNING,
    NOT_READY,
    /** Others run already, as many as may. */
    BUSY,
    /** The host's owner doesn't allow it. */
    REFUSED,
    /** The newest version is one that was taken back. */
    TAKEN_BACK
  }

  private final Kind kind;
  private final long retryAfterSeconds;

  public PluginCallException(Kind kind, String message) {
    this(kind, message, 0);
  }

  public PluginCallException(Kind kind, String message, long retryAfterSeconds) {
    super(message);
    this.kind = kind;
    this.retryAfterSeconds = retryAfterSeconds;
  }

  /** After how many seconds it is worth another try at the latest; 0: nobody knows. */
  public long retryAfterSeconds() {
    return retryAfterSeconds;
  }

  public Kind kind() {
    return kind;
  }
}
