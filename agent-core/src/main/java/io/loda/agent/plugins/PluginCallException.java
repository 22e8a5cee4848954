package io.loda.agent.plugins;

/** A call on a plugin that can't be done; the message is for whoever called. */
public final class PluginCallException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  public enum Reason {
    NOT_ASSIGNED,
    /** Several plugins match. */
    AMBIGUOUS,
    /** The call itself is wrong. */
    WRONG,
    RUNNING,
    NOT_READY,
    /** As many run as may at once. */
    BUSY,
    /** The host's policy refuses it. */
    REFUSED,
    /** The newest version was rolled back before. */
    ROLLED_BACK
  }

  private final Reason reason;
  private final long retryAfterSeconds;

  public PluginCallException(Reason reason, String message) {
    this(reason, message, 0);
  }

  public PluginCallException(Reason reason, String message, long retryAfterSeconds) {
    super(message);
    this.reason = reason;
    this.retryAfterSeconds = retryAfterSeconds;
  }

  /** When to retry at the latest, in seconds; 0: unknown. */
  public long retryAfterSeconds() {
    return retryAfterSeconds;
  }

  public Reason reason() {
    return reason;
  }
}
