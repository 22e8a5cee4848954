package io.loda.agent.builtin.kit;

/** The kernel's 64-bit counters. */
public final class Counter {

  /** The result of {@link #grown} for a counter that went back. */
  public static final long RESET = -1;

  private Counter() {}

  /**
   * Returns by how much a counter has grown; {@link #RESET} if its device or driver was restarted.
   */
  public static long grown(long before, long now) {
    return Long.compareUnsigned(now, before) < 0 ? RESET : now - before;
  }
}
