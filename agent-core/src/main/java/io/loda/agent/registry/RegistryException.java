package io.loda.agent.registry;

import io.loda.common.config.Secrets;

/** The registry gave no answer, or a doubtful one. The message has no password. */
public final class RegistryException extends Exception {

  private static final long serialVersionUID = 1L;

  public RegistryException(String message) {
    super(Secrets.hidden(message));
  }
}
