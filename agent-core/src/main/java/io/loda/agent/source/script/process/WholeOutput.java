package io.loda.agent.source.script.process;

import io.loda.common.telemetry.MemoryBudget;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Keeps the whole output of a run, up to a limit. Its memory may come from a share: when the share
 * has none left, the run waits at its pipe, and fails if that takes too long.
 */
public final class WholeOutput implements RunOutput, AutoCloseable {

  /** The size of one read. */
  private static final int ROOM = 8 * 1024;

  private static final int FIRST = 256;
  private static final int SMALL = 64 * 1024;
  private static final long LONGEST_WAIT = TimeUnit.SECONDS.toNanos(10);

  private final long maxBytes;
  private final MemoryBudget.@Nullable Share share;
  private byte[] bytes = {};
  private long size;
  private int kept;
  private boolean waiting;
  private long waitingSince;

  /**
   * Creates an empty output.
   *
   * @param share what it takes its memory from; null: none
   */
  public WholeOutput(long maxBytes, MemoryBudget.@Nullable Share share) {
    this.maxBytes = maxBytes;
    this.share = share;
  }

  @Override
  public boolean isReady() {
    boolean ready = hasRoom(ROOM);
    if (!ready && !waiting) {
      waitingSince = System.nanoTime();
    }
    waiting = !ready;
    return ready;
  }

  @Override
  public void write(byte[] chunk, int length) {
    size += length;
    add(chunk, 0, length);
  }

  /** Keeps a part of a chunk; returns false, and keeps nothing of it, if there is no room. */
  public boolean add(byte[] chunk, int from, int length) {
    boolean fits = hasRoom(length);
    if (fits) {
      System.arraycopy(chunk, from, bytes, kept, length);
      kept += length;
    }
    return fits;
  }

  /** Returns the array; its first {@link #kept} bytes are the output. */
  public byte[] array() {
    return bytes;
  }

  public int kept() {
    return kept;
  }

  /** Clears it; a small array is reused. */
  public void clear() {
    kept = 0;
    if (bytes.length > SMALL) {
      close();
    }
  }

  /** Grows by doubling, up to the limit plus one read; returns whether there is room. */
  private boolean hasRoom(int more) {
    long needed = (long) kept + more;
    if (needed <= bytes.length) {
      return true;
    }
    long wanted = Math.max(needed, Math.min(Math.max(FIRST, bytes.length * 2L), maxBytes + ROOM));
    // the old and the new array exist during the copy
    if (wanted > Integer.MAX_VALUE - ROOM || (share != null && !share.tryTake(wanted))) {
      return false;
    }
    int before = bytes.length;
    bytes = Arrays.copyOf(bytes, (int) wanted);
    if (share != null) {
      share.give(before);
    }
    return true;
  }

  @Override
  public boolean tooLarge() {
    return size > maxBytes || kept < size || !unread().isEmpty();
  }

  @Override
  public String unread() {
    return waiting && System.nanoTime() - waitingSince > LONGEST_WAIT
        ? "its output wasn't read: other runs' output takes all the memory for it; let fewer"
            + " plugins run at once, or print less (plugins.max-concurrent, plugins.max-output)"
        : "";
  }

  @Override
  public long size() {
    return size;
  }

  /** Gives its memory back. */
  @Override
  public void close() {
    if (share != null) {
      share.give(bytes.length);
    }
    bytes = new byte[0];
    kept = 0;
  }
}
