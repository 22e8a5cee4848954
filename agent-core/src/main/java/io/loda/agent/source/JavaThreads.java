package io.loda.agent.source;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The threads that call Java plugins: {@value #AT_ONCE} at once, not counting hanging calls.
 *
 * <p>A watchdog checks the calls every {@value #LOOK_MILLIS} ms. A call that is still running then
 * stands aside: it doesn't count any more, so that others can begin. A call that exceeds its
 * time-out is interrupted, and after {@value #GRACE_MILLIS} ms left behind, as Java can't end a
 * thread. At most {@value #MOST_ASIDE} calls stand aside; further hanging calls keep their places.
 *
 * <p>Any thread. No lock is held while something blocks.
 *
 * <p>Vert.x' worker threads can't be used: each hanging call would take one of a fixed number for
 * good. A plugin that ends when it is interrupted may run again, and the breaker slows it; one that
 * doesn't would hold one more thread each time.
 */
final class JavaThreads {

  static final int AT_ONCE = 8;
  static final int MOST_ASIDE = 64;
  private static final Logger LOG = LoggerFactory.getLogger(JavaThreads.class);
  private static final long LOOK_MILLIS = 250;
  private static final long GRACE_MILLIS = 1000;
  private static final long IDLE_SECONDS = 30;

  private final Vertx vertx;
  private final ThreadPoolExecutor threads;
  private final Deque<JavaCall<?>> waiting = new ArrayDeque<>();
  private final Set<JavaCall<?>> running = new LinkedHashSet<>();
  private int aside;
  private boolean watched;
  private boolean closed;

  /** Why the system refused the last thread; empty: it didn't. */
  private String noThread = "";

  /**
   * @param name of each thread, before its number
   */
  JavaThreads(Vertx vertx, String name) {
    this(vertx, numbered(name));
  }

  /** Like its overload, with another thread factory. */
  JavaThreads(Vertx vertx, ThreadFactory factory) {
    this.vertx = vertx;
    this.threads =
        new ThreadPoolExecutor(
            0,
            // the running calls bound the threads; a limit here would count threads that are
            // just ending
            Integer.MAX_VALUE,
            IDLE_SECONDS,
            TimeUnit.SECONDS,
            new SynchronousQueue<>(),
            factory);
  }

  private static ThreadFactory numbered(String name) {
    AtomicInteger number = new AtomicInteger();
    return task -> {
      Thread thread = new Thread(task, name + "-" + number.getAndIncrement());
      // a daemon, so that a hanging thread doesn't keep the agent from exiting
      thread.setDaemon(true);
      return thread;
    };
  }

  /**
   * Calls a plugin.
   *
   * @param what names the call in the log
   * @param timeout counts from the begin of the call, not from now
   * @return fails with the plugin's exception; with {@link HangingException} if the call was left
   *     behind; with {@link IllegalStateException} if it ended after its time-out, or no thread was
   *     free in time
   */
  <T> Future<T> call(String what, Duration timeout, Callable<T> plugin) {
    return call(what, timeout, plugin, unused -> {});
  }

  /**
   * Like its overload.
   *
   * @param late gets the result of a call that returns after it was left behind, or null if it
   *     threw
   */
  <T> Future<T> call(
      String what, Duration timeout, Callable<T> plugin, Consumer<@Nullable T> late) {
    JavaCall<T> call = new JavaCall<>(what, timeout, plugin, late);
    synchronized (this) {
      if (closed) {
        return Future.failedFuture(new IllegalStateException("the agent stops"));
      }
      waiting.add(call);
      begin();
      if (!watched) {
        watched = true;
        vertx.setTimer(LOOK_MILLIS, unused -> look());
      }
    }
    return call.future();
  }

  /** Returns how many threads are left behind. */
  synchronized int leftBehind() {
    return (int) running.stream().filter(JavaCall::isLeftBehind).count();
  }

  /** Accepts no more calls, and ends the current ones like those that exceed their time-out. */
  void close() {
    List<JavaCall<?>> unwanted;
    synchronized (this) {
      closed = true;
      unwanted = List.copyOf(waiting);
      waiting.clear();
      running.forEach(JavaCall::unwanted);
    }
    unwanted.forEach(call -> call.fail(new IllegalStateException("the agent stops")));
    threads.shutdownNow();
  }

  /**
   * Begins queued calls while there is room; the caller holds the lock. If the system has no
   * thread, the call is retried at each check.
   */
  private void begin() {
    while (mayBegin()) {
      JavaCall<?> next = waiting.element();
      try {
        threads.execute(() -> work(next));
      } catch (OutOfMemoryError e) {
        noThread = String.valueOf(e.getMessage());
        return;
      }
      noThread = "";
      begun();
    }
  }

  private boolean mayBegin() {
    return running.size() - aside < AT_ONCE && !waiting.isEmpty();
  }

  private JavaCall<?> begun() {
    JavaCall<?> next = waiting.remove();
    next.started();
    running.add(next);
    return next;
  }

  /** Runs calls on a plugin thread, one after the other. */
  private void work(JavaCall<?> first) {
    for (JavaCall<?> call = first; call != null; ) {
      try {
        call.run();
      } finally {
        // even if an Error ends this thread
        over(call);
      }
      synchronized (this) {
        call = mayBegin() ? begun() : null;
      }
    }
  }

  private void over(JavaCall<?> call) {
    if (call.isLeftBehind()) {
      LOG.warn("{}: came back after all", call);
    }
    synchronized (this) {
      running.remove(call);
      if (call.isAside()) {
        aside--;
      }
    }
  }

  /** Checks the running and queued calls, as long as there are any. */
  private void look() {
    List<JavaCall<?>> late = new ArrayList<>();
    List<JavaCall<?>> stuck = new ArrayList<>();
    String why;
    synchronized (this) {
      why =
          noThread.isEmpty()
              ? "no thread was free for it, as other Java plugins hang; the log names them, and "
                  + "a restart of the agent ends them"
              : "the system gave no thread for it: " + noThread;
      for (JavaCall<?> call : running) {
        // count ticks instead of reading a clock: the whole process may have been suspended
        long seen = call.look() * LOOK_MILLIS;
        if (!call.isAside() && aside < MOST_ASIDE) {
          call.standAside();
          aside++;
        }
        if (seen > call.timeoutMillis() + GRACE_MILLIS) {
          stuck.add(call);
        } else if (seen > call.timeoutMillis()) {
          call.interrupt();
        }
      }
      for (JavaCall<?> call : waiting) {
        if (call.look() * LOOK_MILLIS > call.timeoutMillis()) {
          late.add(call);
        }
      }
      waiting.removeAll(late);
      begin();
      watched = running.size() + waiting.size() > 0;
      if (watched) {
        vertx.setTimer(LOOK_MILLIS, unused -> look());
      }
    }
    stuck.forEach(JavaCall::leaveBehind);
    late.forEach(call -> call.fail(new IllegalStateException(why)));
  }
}
