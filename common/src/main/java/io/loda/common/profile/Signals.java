package io.loda.common.profile;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.LoggerFactory;

/**
 * Signals of the system. The only way to them is {@code sun.misc.Signal} of the module
 * jdk.unsupported, whose mention in a source is a warning that can't be turned off.
 */
public final class Signals {

  private static final List<String> STOP = List.of("INT", "TERM", "HUP");

  private Signals() {}

  /**
   * Ends the process with 0 at such a signal, until {@link #onStop} says what else is to be done:
   * nothing has begun yet, and a JVM would say 130. Logs nothing, as that takes a while to set up.
   */
  public static void onStopExit() {
    for (String name : STOP) {
      try {
        on(name, () -> Runtime.getRuntime().halt(0));
      } catch (IllegalStateException e) {
        // onStop says it
      }
    }
  }

  /**
   * Calls {@code stop}, once, in a thread of its own, when somebody wants the process to end:
   * SIGINT, SIGTERM or SIGHUP. No shutdown hook runs before: that of the Flight Recorder would end
   * a recording while it is written.
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
   * Calls {@code handler}, in a thread of the JVM, when a signal comes.
   *
   * @param name without {@code SIG}
   * @throws IllegalStateException when this JVM doesn't let one
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
      throw new IllegalStateException("SIG" + name + ": " + e.getCause(), e);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("SIG" + name + ": " + e, e);
    }
  }
}
