package io.loda.agent.source;

/** What happens to a plugin that hangs. */
public final class Hanging {

  private Hanging() {}

  public static RuntimeException exception() {
    return new HangingException("hangs at a.b.C.d(C.java:1)");
  }
}
