package io.loda.agent.builtin.kit;

/** The kernel's 64-bit counters. */
public final class Counter {

  /** What {@link #grown} answers for a counter that went back. */
  public static final long RESET = -1;

  private Counter() {}

  /** By how much a counter has grown; {@link #RESET} when its device or driver started anew. */
  public static long grown(long before, long now) {
    return Long.compareUnsigned(now, before) < 0 ? RESET : now - before;
  }
}
