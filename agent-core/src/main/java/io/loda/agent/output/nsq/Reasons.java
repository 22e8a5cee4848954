package io.loda.agent.output.nsq;

import java.net.ConnectException;
import java.net.UnknownHostException;
import javax.net.ssl.SSLException;

/** Tells in words why a connection failed, for the log. */
final class Reasons {

  private Reasons() {}

  static String of(Throwable e) {
    for (Throwable cause = e; cause != null; cause = cause.getCause()) {
      if (cause instanceof UnknownHostException) {
        return "unknown host";
      }
      if (cause instanceof SSLException
          || cause instanceof java.security.GeneralSecurityException) {
        return "TLS: " + message(last(cause));
      }
    }
    if (e instanceof ConnectException) {
      // Netty repeats the address
      return String.valueOf(message(e)).replaceAll(": [^ ]*[:/].*$", "");
    }
    return message(e);
  }

  private static Throwable last(Throwable e) {
    Throwable last = e;
    while (last.getCause() != null) {
      last = last.getCause();
    }
    return last;
  }

  private static String message(Throwable e) {
    String message = e.getMessage();
    return message == null ? e.getClass().getSimpleName() : message;
  }
}
