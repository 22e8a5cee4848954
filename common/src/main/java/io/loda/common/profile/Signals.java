package io.loda.common.profile;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;

/**
 * Signals of the system. The only way to them is {@code sun.misc.Signal} of the module
 * jdk.unsupported, whose mention in a source is a warning that can't be turned off.
 */
final class Signals {

  private Signals() {}

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
