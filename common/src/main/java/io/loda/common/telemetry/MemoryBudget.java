package io.loda.common.telemetry;

import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;

/**
 * Divides the heap into shares, each with a cap. Memory for data from outside is taken from a share
 * first; when the share has none left, the caller waits, drops or refuses. Any thread.
 */
public final class MemoryBudget {

  private final long heapBytes;
  private final List<Share> shares = new CopyOnWriteArrayList<>();

  /**
   * Creates a budget without shares.
   *
   * @param heapBytes the most that the shares may add up to
   */
  public MemoryBudget(long heapBytes) {
    this.heapBytes = heapBytes;
  }

  public long heapBytes() {
    return heapBytes;
  }

  /** Adds a share; {@code /me/status} shows its name. */
  public Share share(String name, long capBytes) {
    return share(name, capBytes, "");
  }

  /**
   * Adds a share.
   *
   * @param keys the configuration keys that make it smaller; may be empty
   */
  public Share share(String name, long capBytes, String keys) {
    Share share = new Share(name, Math.max(0, capBytes), keys);
    shares.add(share);
    return share;
  }

  /** Returns all shares, in the order in which they were added. */
  public List<Share> shares() {
    return List.copyOf(shares);
  }

  /** Returns the bytes that belong to no share. */
  public long leftBytes() {
    return heapBytes - sum();
  }

  /**
   * Returns which shares together exceed the heap, and what to do; empty: they fit.
   *
   * @param remedy what to do
   */
  public Optional<String> problem(String remedy) {
    if (sum() <= heapBytes) {
      return Optional.empty();
    }
    String all =
        shares.stream()
            .sorted(Comparator.comparingLong(Share::capBytes).reversed())
            .map(share -> share.name + " " + mebibytes(share.capBytes) + share.lowerBy())
            .collect(Collectors.joining(", "));
    return Optional.of(
        "memory: expected shares that fit the heap of "
            + mebibytes(heapBytes)
            + ", found "
            + mebibytes(sum())
            + ": "
            + all
            + "; "
            + remedy);
  }

  private long sum() {
    return shares.stream().mapToLong(Share::capBytes).sum();
  }

  private static String mebibytes(long bytes) {
    return (bytes + (1 << 20) - 1) / (1 << 20) + " MiB";
  }

  /** A share has too little memory left. */
  public static final class NothingLeft extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final long wantedBytes;

    NothingLeft(long wantedBytes, String share) {
      super("not " + wantedBytes + " bytes left of the memory for " + share, null, false, false);
      this.wantedBytes = wantedBytes;
    }

    public long wantedBytes() {
      return wantedBytes;
    }
  }

  /** A part of the heap. Every byte that is taken must be given back once. */
  public static final class Share {

    private final String name;
    private final long capBytes;
    private final String keys;
    private final AtomicLong used = new AtomicLong();
    private volatile LongSupplier told = () -> 0;

    private Share(String name, long capBytes, String keys) {
      this.name = name;
      this.capBytes = capBytes;
      this.keys = keys;
    }

    public String name() {
      return name;
    }

    public long capBytes() {
      return capBytes;
    }

    public long usedBytes() {
      return used.get() + told.getAsLong();
    }

    /** Sets who counts the other part of its use, and drops what exceeds the cap. */
    public void isToldBy(LongSupplier holder) {
      told = holder;
    }

    /** Takes {@code bytes}, or nothing if that exceeds the cap. Never blocks. */
    public boolean tryTake(long bytes) {
      return tryTake(bytes, 0);
    }

    /** Takes {@code bytes} only if {@code leftBytes} are left for others. */
    public boolean tryTake(long bytes, long leftBytes) {
      long now = used.get();
      while (bytes <= capBytes - leftBytes - now) {
        if (used.compareAndSet(now, now + bytes)) {
          return true;
        }
        now = used.get();
      }
      return false;
    }

    /**
     * Takes {@code bytes}.
     *
     * @throws NothingLeft if the share has too little left
     */
    public void take(long bytes) {
      if (!tryTake(bytes)) {
        throw new NothingLeft(bytes, name);
      }
    }

    public void give(long bytes) {
      used.addAndGet(-bytes);
    }

    private String lowerBy() {
      return keys.isEmpty() ? "" : " (" + keys + ")";
    }
  }
}
