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
 * A queue of fetches: {@value #AT_ONCE} run at a time, in order. Of those whose server failed the
 * last time only one runs at once, so that a hanging server doesn't block the plugins of others.
 *
 * <p>Any thread; the work begins on any thread, too.
 */
public final class FetchTurns {

  public static final int AT_ONCE = 2;

  /** Bounds the servers remembered as failing; a registry may name any number. */
  static final int MOST_FAILING = 1_000;

  private final Deque<Turn<?>> waiting = new ArrayDeque<>();
  private final Set<Turn<?>> running = new HashSet<>();

  /** The failing servers, the latest last. */
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
   * Queues work.
   *
   * @param server the server that the work contacts
   * @return the result of the work
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
      // otherwise work that fails at once, as during a stop, would begin the next recursively
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
    // an exception of the work counts as a failure
    Future.succeededFuture()
        .compose(unused -> turn.work.get())
        .onComplete(
            result -> {
              ended(turn, result.succeeded());
              turn.promise.handle(result);
              beginNext();
            });
  }

  /** Returns how many servers failed the last time. */
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
