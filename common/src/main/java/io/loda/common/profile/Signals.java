package io.loda.common.profile;

import io.loda.common.files.FileReason;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.LoggerFactory;

/**
 * Handles signals of the system. Uses {@code sun.misc.Signal} by reflection: javac warns about a
 * direct use, and nothing turns that warning off.
 */
public final class Signals {

  private static final List<String> STOP = List.of("INT", "TERM", "HUP");

  private Signals() {}

  /**
   * Makes such a signal end the process with exit code 0 until {@link #onStop} is called: nothing
   * has begun yet, but a JVM would exit with 130. Logs nothing, as the log isn't set up yet.
   */
  public static void onStopExit() {
    for (String name : STOP) {
      try {
        on(name, () -> Runtime.getRuntime().halt(0));
      } catch (IllegalStateException e) {
        // replaced by onStop
      }
    }
  }

  /**
   * Calls {@code stop} once, in a thread of its own, at SIGINT, SIGTERM or SIGHUP. Shutdown hooks
   * run only after it: that of the Flight Recorder would end a recording while it is written.
   *
   * @param stop ends the process
   */
  public static void onStop(Runnable stop) {
    AtomicBoolean begun = new AtomicBoolean();
    for (String name : STOP) {
      try {
        on(
            name,
            () -> {
              if (begun.compareAndSet(false, true)) {
                new Thread(stop, "stop").start();
              }
            });
      } catch (IllegalStateException e) {
        LoggerFactory.getLogger(Signals.class)
            .warn("signals: can't listen for SIG{}: {}", name, e.getMessage());
      }
    }
  }

  /**
   * Calls {@code handler} at a signal, in a thread of the JVM.
   *
   * @param name the signal's name without {@code SIG}
   * @throws IllegalStateException when the JVM doesn't permit a handler
   */
  static void on(String name, Runnable handler) {
    try {
      Class<?> signal = Class.forName("sun.misc.Signal");
      Class<?> type = Class.forName("sun.misc.SignalHandler");
      Object proxy =
          Proxy.newProxyInstance(
              type.getClassLoader(),
              new Class<?>[] {type},
              (self, method, arguments) -> {
                if (method.getName().equals("handle")) {
                  handler.run();
                }
                return null;
              });
      signal
          .getMethod("handle", signal, type)
          .invoke(null, signal.getConstructor(String.class).newInstance(name), proxy);
    } catch (InvocationTargetException e) {
      throw new IllegalStateException("SIG" + name + ": " + FileReason.of(e), e);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("SIG" + name + ": " + FileReason.of(e), e);
    }
  }
}
