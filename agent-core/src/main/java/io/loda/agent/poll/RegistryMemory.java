package io.loda.agent.poll;

import io.loda.common.telemetry.MemoryBudget;
import io.vertx.core.Future;
import java.util.function.Supplier;

/**
 * What the registry's answers may take of the heap: one answer while it is read, and what all of
 * them assign as long as it is assigned. Asks come from one event loop; the rest from any thread.
 */
public final class RegistryMemory {

  private final MemoryBudget.Share answer;
  private final MemoryBudget.Share assigned;
  private Future<Void> last = Future.succeededFuture();

  /**
   * Nothing yet.
   *
   * @param answer what one answer takes at most
   * @param assigned for what is assigned
   */
  public RegistryMemory(MemoryBudget.Share answer, MemoryBudget.Share assigned) {
    this.answer = answer;
    this.assigned = assigned;
  }

  /** As much as there is. */
  public static RegistryMemory unlimited() {
    MemoryBudget all = new MemoryBudget(Long.MAX_VALUE);
    return new RegistryMemory(
        all.share("registry's answer", Long.MAX_VALUE), all.share("registry", Long.MAX_VALUE));
  }

  /** Asks once what was asked before is read to its end: there is never more than one answer. */
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
   * Takes memory for what is assigned.
   *
   * @throws IllegalArgumentException when there isn't so much; says what to do
   */
  void take(long bytes) {
    if (!assigned.tryTake(bytes)) {
      throw new IllegalArgumentException(
          "expected items that fit the memory for what the registry assigns ("
              + assigned.capBytes() / 1024
              + " KiB, and what an answer replaces is still there), found more; assign fewer, or"
              + " take agent.profile = gateway");
    }
  }

  /** Gives back what was taken. */
  void give(long bytes) {
    assigned.give(bytes);
  }
}
