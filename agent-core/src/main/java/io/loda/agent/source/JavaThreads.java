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
 * The threads that call Java plugins: {@value #AT_ONCE} at once, none of which waits for one that
 * hangs.
 *
 * <p>A call that is met when they are looked after, every {@value #LOOK_MILLIS} ms, stands aside:
 * it no longer counts as one of those, and others go on beside it. One that isn't back in time is
 * interrupted, and if that doesn't help within {@value #GRACE_MILLIS} ms left behind: nobody can
 * end a thread in Java. At most {@value #MOST_ASIDE} calls stand aside; what hangs beyond that
 * keeps a place.
 *
 * <p>Any thread may call. Nothing waits under the lock.
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

  /** Why the system gave none last; empty: it did. */
  private String noThread = "";

  /**
   * No threads yet.
   *
   * @param name of each, before its number
   */
  JavaThreads(Vertx vertx, String name) {
    this(vertx, numbered(name));
  }

  /** Threads that somebody else makes. */
  JavaThreads(Vertx vertx, ThreadFactory factory) {
    this.vertx = vertx;
    this.threads =
        new ThreadPoolExecutor(
            0,
            // bounded by what is started, not by how many of them are just ending
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
      // one that hangs must not keep the agent from ending
      thread.setDaemon(true);
      return thread;
    };
  }

  /**
   * Calls a plugin.
   *
   * @param what it is, for the log
   * @param timeout from when it is called, not from now
   * @return fails with what the plugin threw; with {@link HangingException} when it was left
   *     behind; with {@link IllegalStateException} when it took too long but ended then, or when no
   *     thread was free in that time
   */
  <T> Future<T> call(String what, Duration timeout, Callable<T> plugin) {
    return call(what, timeout, plugin, unused -> {});
  }

  /**
   * The same.
   *
   * @param late is told of a call that came back after it was given up, where the future is too:
   *     what it gave, or null for an exception
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

  /** How many threads are left behind. */
  synchronized int leftBehind() {
    return (int) running.stream().filter(JavaCall::isLeftBehind).count();
  }

  /** Takes no more calls, and interrupts those under way; idempotent. */
  void close() {
    List<JavaCall<?>> unwanted;
    synchronized (this) {
      closed = true;
      unwanted = List.copyOf(waiting);
      waiting.clear();
    }
    unwanted.forEach(call -> call.fail(new IllegalStateException("the agent stops")));
    threads.shutdownNow();
  }

  /**
   * Calls what may be called now; under the lock. What the system gives no thread for waits: the
   * agent lives on without, and it is tried again whenever they are looked after.
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

  /** On a thread of the plugins': one call after the other. */
  private void work(JavaCall<?> first) {
    for (JavaCall<?> call = first; call != null; ) {
      try {
        call.run();
      } finally {
        // also where an error of the virtual machine ends this thread
        over(call);
      }
      synchronized (this) {
        call = mayBegin() ? begun() : null;
      }
    }
  }

  private void over(JavaCall<?> call) {
    if (call.isLeftBehind()) {
      LOG.warn("{} came back after all", call);
    }
    synchronized (this) {
      running.remove(call);
      if (call.isAside()) {
        aside--;
      }
    }
  }

  /** Looks after those that are slow, as long as there are any. */
  private void look() {
    List<JavaCall<?>> late = new ArrayList<>();
    List<JavaCall<?>> stuck = new ArrayList<>();
    String why;
    synchronized (this) {
      why =
          noThread.isEmpty()
              ? "no thread was free for it, since other Java plugins hang; see the log for which,"
                  + " and restart the agent to be rid of them"
              : "the system gave no thread for it: " + noThread;
      for (JavaCall<?> call : running) {
        // what was seen, and not what a clock says: the whole process may have stood still
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
      watched = !closed && running.size() + waiting.size() > 0;
      if (watched) {
        vertx.setTimer(LOOK_MILLIS, unused -> look());
      }
    }
    stuck.forEach(JavaCall::leaveBehind);
    late.forEach(call -> call.fail(new IllegalStateException(why)));
  }
}
