package io.loda.agent.registry;

import io.loda.common.config.Secrets;

/** The registry gave no answer, or one that can't be believed. Says no password. */
public final class RegistryException extends Exception {

  private static final long serialVersionUID = 1L;

  public RegistryException(String message) {
    super(Secrets.hidden(message));
  }
}
