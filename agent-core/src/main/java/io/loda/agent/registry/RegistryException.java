package io.loda.agent.registry;

/** The registry gave no answer, or one that can't be believed. */
public final class RegistryException extends Exception {

  private static final long serialVersionUID = 1L;

  public RegistryException(String message) {
    super(message);
  }
}
