package io.loda.agent.http;

import io.loda.agent.config.Secrets;
import io.loda.agent.logging.VisibleText;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.RoutingContext;
import java.util.Locale;

/**
 * Answers as the older contract wants them, or as they should be: a client that sends {@code
 * Accept: application/json} gets JSON and a true status; others get text, and 200 also for what
 * couldn't be done. A wrong parameter is a 4xx for everybody.
 */
final class Reply {

  private Reply() {}

  static boolean wantsJson(RoutingContext call) {
    String accept = call.request().getHeader("Accept");
    return accept != null && accept.toLowerCase(Locale.ROOT).contains("application/json");
  }

  /** It was done. */
  static void done(RoutingContext call, String message) {
    send(call, 200, 200, message);
  }

  /** It couldn't be done, for a reason that the caller's words don't show. */
  static void notDone(RoutingContext call, int status, String message) {
    send(call, status, 200, message);
  }

  /** The call itself is wrong. */
  static void bad(RoutingContext call, int status, String message) {
    send(call, status, status, message);
  }

  /** An answer that is JSON for everybody. */
  static void json(RoutingContext call, String json) {
    end(call, 200, "application/json", json);
  }

  /** An answer that is JSON for everybody. */
  static void json(RoutingContext call, int status, String json) {
    end(call, status, "application/json", json);
  }

  /** An answer that is a text of several lines, or of none. */
  static void text(RoutingContext call, String text) {
    end(call, 200, "text/plain", VisibleText.lines(text));
  }

  private static void send(RoutingContext call, int status, int oldStatus, String message) {
    if (wantsJson(call)) {
      JsonObject json = new JsonObject().put("status", status);
      json(call, status, json.put("message", Secrets.hidden(message)).encode());
    } else {
      end(call, oldStatus, "text/plain", VisibleText.line(message) + "\n");
    }
  }

  private static void end(RoutingContext call, int status, String type, String body) {
    // a client may have gone while its plugin ran
    if (!call.response().ended() && !call.response().closed()) {
      call.response()
          .setStatusCode(status)
          .putHeader("Content-Type", type + "; charset=utf-8")
          .end(body);
    }
  }
}
