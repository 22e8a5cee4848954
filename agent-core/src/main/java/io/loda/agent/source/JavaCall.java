package io.loda.agent.source;

import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A call of a Java plugin, on a thread that may never return from it.
 *
 * <p>A stack overflow is the plugin's failure, since it is over when the call is. After an {@code
 * OutOfMemoryError} the process ends ({@code bin/agent}), since nobody knows whom it met.
 */
final class JavaCall<T> {

  private static final Logger LOG = LoggerFactory.getLogger(JavaCall.class);

  private final String what;
  private final Duration timeout;
  private final Callable<T> plugin;
  private final Consumer<@Nullable T> late;
  private final @Nullable Context caller = Vertx.currentContext();
  private final Promise<T> promise = Promise.promise();
  private long looks;
  private @Nullable Thread thread;
  private boolean interrupted;
  private boolean aside;
  private boolean leftBehind;
  private boolean unwanted;

  /**
   * @param late gets the result, or null, of a call that returns after it was left behind
   */
  JavaCall(String what, Duration timeout, Callable<T> plugin, Consumer<@Nullable T> late) {
    this.what = what;
    this.timeout = timeout;
    this.plugin = plugin;
    this.late = late;
  }

  Future<T> future() {
    return promise.future();
  }

  /**
   * Counts one watchdog tick; returns the ticks since the call was queued or, once it has started,
   * since its start.
   */
  synchronized long look() {
    return ++looks;
  }

  synchronized long timeoutMillis() {
    return unwanted ? 0 : timeout.toMillis();
  }

  /** Ends its time now. */
  synchronized void unwanted() {
    unwanted = true;
    looks = 0;
  }

  synchronized void started() {
    looks = 0;
  }

  synchronized boolean isAside() {
    return aside;
  }

  synchronized void standAside() {
    aside = true;
  }

  synchronized boolean isLeftBehind() {
    return leftBehind;
  }

  /** Calls the plugin, on this thread. */
  void run() {
    synchronized (this) {
      thread = Thread.currentThread();
    }
    T result = null;
    Throwable failure = null;
    try {
      result = plugin.call();
    } catch (Exception e) {
      failure = told(e);
    } catch (StackOverflowError e) {
      // pass on a VirtualMachineError only by its type: the plugin's own recursion caused it
      failure = new IllegalStateException("the plugin calls itself endlessly: " + e, e);
    } catch (VirtualMachineError e) {
      fail(new IllegalStateException(e.toString(), e));
      throw e;
    } catch (Throwable e) {
      failure = new IllegalStateException("the plugin is broken: " + e, e);
    } finally {
      ended();
    }
    T value = result;
    if (wasInterrupted()) {
      fail(
          new IllegalStateException(
              "took longer than " + timeoutMillis() + " ms, and was interrupted"));
    } else if (failure != null) {
      fail(failure);
    } else {
      answer(() -> promise.tryComplete(value));
    }
    if (wasInterrupted() || isLeftBehind()) {
      answer(() -> late.accept(value));
    }
  }

  /** Adds type and place to an exception whose message alone tells little. */
  private static Exception told(Exception e) {
    boolean meant =
        e.getMessage() != null
            && (!(e instanceof RuntimeException)
                || e instanceof UncheckedIOException
                || e.getClass() == IllegalStateException.class
                || e.getClass() == IllegalArgumentException.class);
    if (meant) {
      return e;
    }
    String told = e + " at " + place(e.getStackTrace());
    return e instanceof IllegalArgumentException
        ? new IllegalArgumentException(told, e)
        : new IllegalStateException(told, e);
  }

  private synchronized void ended() {
    thread = null;
    // clear the interrupt, or the next call of this thread would see it
    Thread.interrupted();
  }

  private synchronized boolean wasInterrupted() {
    return interrupted;
  }

  /** Interrupts the call, at most once. */
  synchronized void interrupt() {
    if (thread != null && !interrupted) {
      interrupted = true;
      thread.interrupt();
    }
  }

  /** Leaves the call behind, at most once. */
  void leaveBehind() {
    StackTraceElement[] stack;
    synchronized (this) {
      if (thread == null || leftBehind) {
        return;
      }
      leftBehind = true;
      stack = thread.getStackTrace();
    }
    String message =
        "hangs at "
            + place(stack)
            + ": not back after "
            + timeoutMillis()
            + " ms nor when it was interrupted; its thread is abandoned, and it isn't called "
            + "again until the agent restarts or its assignment changes";
    LOG.error("{}: {}", what, message);
    fail(new HangingException(message));
  }

  /** Returns where the call hangs, and the plugin's own line that led there. */
  private static String place(StackTraceElement[] stack) {
    if (stack.length == 0) {
      return "an unknown place";
    }
    for (StackTraceElement element : stack) {
      if (!element.getClassName().matches("(java|jdk|sun)\\..*")) {
        return element.equals(stack[0])
            ? shown(element)
            : shown(stack[0]) + ", called at " + shown(element);
      }
    }
    return shown(stack[0]);
  }

  /** Returns a stack element without module and class loader. */
  private static String shown(StackTraceElement element) {
    return element.getClassName()
        + "."
        + element.getMethodName()
        + "("
        + (element.getFileName() == null
            ? ""
            : element.getFileName() + ":" + Math.max(0, element.getLineNumber()))
        + ")";
  }

  void fail(Throwable cause) {
    answer(() -> promise.tryFail(cause));
  }

  private void answer(Runnable action) {
    if (caller == null) {
      action.run();
    } else {
      try {
        caller.runOnContext(unused -> action.run());
      } catch (RejectedExecutionException e) {
        LOG.debug("{}: came back when the agent had stopped", what);
      }
    }
  }

  @Override
  public String toString() {
    return what;
  }
}
