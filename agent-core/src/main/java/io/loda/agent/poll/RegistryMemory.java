package io.loda.agent.poll;

import io.loda.common.telemetry.MemoryBudget;
import io.vertx.core.Future;
import java.util.function.Supplier;

/**
 * Bounds the heap of the registry's answers: one answer while it is read, and all assigned items
 * while they are assigned. {@link #reading} is for one event loop, the rest for any thread.
 */
public final class RegistryMemory {

  private final MemoryBudget.Share answer;
  private final MemoryBudget.Share assigned;
  private Future<Void> last = Future.succeededFuture();

  /**
   * Bounds by two shares.
   *
   * @param answer of one answer
   * @param assigned of all assigned items
   */
  public RegistryMemory(MemoryBudget.Share answer, MemoryBudget.Share assigned) {
    this.answer = answer;
    this.assigned = assigned;
  }

  public static RegistryMemory unlimited() {
    MemoryBudget all = new MemoryBudget(Long.MAX_VALUE);
    return new RegistryMemory(
        all.share("registry's answer", Long.MAX_VALUE), all.share("registry", Long.MAX_VALUE));
  }

  /** Asks after the previous answer was read to its end: one answer is in memory at a time. */
  <T> Future<T> reading(Supplier<Future<T>> ask) {
    Future<T> read =
        last.compose(
            unused -> {
              long bytes = answer.capBytes();
              answer.take(bytes);
              return Future.succeededFuture()
                  .compose(now -> ask.get())
                  .onComplete(done -> answer.give(bytes));
            });
    last = read.<Void>mapEmpty().otherwiseEmpty();
    return read;
  }

  /**
   * Takes memory for assigned items.
   *
   * @throws IllegalArgumentException when there isn't enough; the message says what to do
   */
  void take(long bytes) {
    if (!assigned.tryTake(bytes)) {
      throw new IllegalArgumentException(
          "expected items that fit into the memory for assignments ("
              + assigned.capBytes() / 1024
              + " KiB, old and new ones together), found more; assign fewer items, or set "
              + "agent.profile = gateway");
    }
  }

  void give(long bytes) {
    assigned.give(bytes);
  }
}
