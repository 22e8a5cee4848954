package io.loda.common.http;

import io.loda.common.telemetry.MemoryBudget;
import io.vertx.core.buffer.Buffer;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A posted body in one array. It takes memory from the share of all bodies as it grows, and gives
 * it back when its last holder releases it. Filled and read by one thread after the other.
 */
public final class Body {

  private static final int FIRST_BYTES = 4 * 1024;

  /** The most memory that an announced length takes at once; the rest is taken as bytes arrive. */
  private static final int FIRST_BYTES_ANNOUNCED = 64 * 1024;

  /**
   * An announced length is believed up to so many times what came first. Else hundreds of clients
   * that announce much and send one byte would take all the memory.
   */
  private static final int BELIEVED = 16;

  private static final int RETRY_AFTER_SECONDS = 2;

  private final MemoryBudget.Share share;
  private final long mostBytes;
  private long announcedBytes;
  private final AtomicInteger holders = new AtomicInteger(1);
  private byte[] bytes = new byte[0];
  private int length;
  private long taken;

  /**
   * An empty body.
   *
   * @param mostBytes its limit
   * @param announcedBytes the length that the client announced; 0: none
   */
  Body(MemoryBudget.Share share, long mostBytes, long announcedBytes) {
    this.share = share;
    this.mostBytes = Math.min(mostBytes, Integer.MAX_VALUE - 16);
    this.announcedBytes = announcedBytes;
  }

  static BadCall tooLarge() {
    return new BadCall(413, "body: expected at most http.max-body bytes, found more");
  }

  /** The array; only its first {@link #length} bytes are the body. */
  public byte[] array() {
    return bytes;
  }

  public long takenBytes() {
    return taken;
  }

  public int length() {
    return length;
  }

  /**
   * Appends bytes.
   *
   * @throws BadCall when the body is too large, or the share has no memory for it now
   */
  void append(Buffer chunk) {
    reserve(chunk.length());
    chunk.getBytes(bytes, length);
    length += chunk.length();
  }

  void append(byte[] from, int count) {
    reserve(count);
    System.arraycopy(from, 0, bytes, length, count);
    length += count;
  }

  private void reserve(int more) {
    long needed = (long) length + more;
    if (needed > mostBytes || needed > share.capBytes()) {
      throw tooLarge();
    }
    if (needed <= bytes.length) {
      return;
    }
    long believed = Math.min(announcedBytes, BELIEVED * needed);
    long first = Math.max(FIRST_BYTES, Math.min(believed, FIRST_BYTES_ANNOUNCED));
    long most = announcedBytes > 0 ? Math.max(needed, announcedBytes) : mostBytes;
    long next = Math.max(needed, Math.min(most, Math.max(first, bytes.length * 2L)));
    if (!share.tryTake(next)) {
      next = needed;
      if (!share.tryTake(next)) {
        throw full();
      }
    }
    taken += next;
    int before = bytes.length;
    bytes = Arrays.copyOf(bytes, (int) next);
    give(before);
  }

  public static BadCall full() {
    return BadCall.later(
        "the bodies that are being posted take all the memory for bodies (/me/status says how "
            + "much); nothing of this post was accepted, retry later",
        RETRY_AFTER_SECONDS);
  }

  /**
   * Unpacks the body in place.
   *
   * @throws BadCall when it isn't packed that way, is too large, or the share has no memory for it
   */
  void inflate(ContentCoding coding) {
    byte[] packed = bytes;
    int packedLength = length;
    bytes = new byte[0];
    length = 0;
    // it was the length of the packed bytes: the array would grow in small steps, each a copy
    announcedBytes = 0;
    coding.inflate(packed, packedLength, this::append);
    give(packed.length);
  }

  private void give(long count) {
    taken -= count;
    share.give(count);
  }

  /** Adds a holder, which must call {@link #release}. */
  public void hold() {
    holders.incrementAndGet();
  }

  /** Removes a holder; the last one gives the memory back. */
  public void release() {
    if (holders.decrementAndGet() == 0) {
      bytes = new byte[0];
      length = 0;
      give(taken);
    }
  }
}
