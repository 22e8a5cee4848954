package io.loda.agent.git.fetch;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Whose turn it is to fetch: {@value #AT_ONCE} at a time, in the order in which they came. Of those
 * whose server failed the last time only one is under way, so that a server that hangs keeps no
 * other's plugins waiting.
 *
 * <p>Any thread may call; the work is begun on any, too.
 */
public final class FetchTurns {

  public static final int AT_ONCE = 2;

  /** A registry may name new ones for ever; one that is forgotten costs a turn when it hangs. */
  static final int MOST_FAILING = 1_000;

  private final Deque<Turn<?>> waiting = new ArrayDeque<>();
  private final Set<Turn<?>> running = new HashSet<>();

  /** The one that failed last comes last. */
  private final Set<String> failing = new LinkedHashSet<>();

  private boolean beginning;

  private static final class Turn<T> {
    private final String server;
    private final Supplier<Future<T>> work;
    private final Promise<T> promise = Promise.promise();

    Turn(String server, Supplier<Future<T>> work) {
      this.server = server;
      this.work = work;
    }
  }

  /**
   * Does it when it is its turn.
   *
   * @param server which it asks
   * @return what the work gives
   */
  public <T> Future<T> take(String server, Supplier<Future<T>> work) {
    Turn<T> turn = new Turn<>(server, work);
    synchronized (this) {
      waiting.add(turn);
    }
    beginNext();
    return turn.promise.future();
  }

  private void beginNext() {
    synchronized (this) {
      // or each that fails at once, as when the agent stops, would begin the next on its stack
      if (beginning) {
        return;
      }
      beginning = true;
    }
    for (Turn<?> next = next(); next != null; next = next()) {
      begin(next);
    }
  }

  private synchronized @Nullable Turn<?> next() {
    Turn<?> next = running.size() < AT_ONCE ? firstThatMay() : null;
    if (next == null) {
      beginning = false;
    } else {
      waiting.remove(next);
      running.add(next);
    }
    return next;
  }

  private @Nullable Turn<?> firstThatMay() {
    boolean oneFails = running.stream().anyMatch(turn -> failing.contains(turn.server));
    for (Turn<?> turn : waiting) {
      if (!oneFails || !failing.contains(turn.server)) {
        return turn;
      }
    }
    return null;
  }

  private <T> void begin(Turn<T> turn) {
    // what the work throws is a failure like any other
    Future.succeededFuture()
        .compose(unused -> turn.work.get())
        .onComplete(
            result -> {
              ended(turn, result.succeeded());
              turn.promise.handle(result);
              beginNext();
            });
  }

  /** How many servers are known to have failed. */
  synchronized int failing() {
    return failing.size();
  }

  private synchronized void ended(Turn<?> turn, boolean good) {
    running.remove(turn);
    failing.remove(turn.server);
    if (!good) {
      failing.add(turn.server);
      if (failing.size() > MOST_FAILING) {
        failing.remove(failing.iterator().next());
      }
    }
  }
}
