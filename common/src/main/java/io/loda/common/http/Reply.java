package io.loda.common.http;

import io.loda.common.config.Secrets;
import io.loda.common.logging.VisibleText;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.RoutingContext;
import java.util.Locale;

/**
 * Answers as the older contract requires, or properly: a client that sends {@code Accept:
 * application/json} gets JSON and the true status. Others get text, and status 200 even if the call
 * failed. A wrong parameter is a 4xx for all clients.
 */
public final class Reply {

  public static final String JSON = "application/json; charset=utf-8";

  public static final String TEXT = "text/plain; charset=utf-8";

  /** Bounds a message, which may repeat what the client sent. */
  private static final int LONGEST_MESSAGE = 2_000;

  private Reply() {}

  public static boolean wantsJson(RoutingContext call) {
    String accept =
        String.join(",", call.request().headers().getAll("Accept")).toLowerCase(Locale.ROOT);
    int json = accept.indexOf("application/json");
    int anything = accept.indexOf("*/*");
    // clients that accept all three types (axios) expect the older agent's answers
    return json >= 0 && (anything < 0 || json < anything) && !accept.contains("text/plain");
  }

  /** Answers that the call was done. */
  public static void done(RoutingContext call, String message) {
    send(call, 200, 200, message);
  }

  /** Answers that the call failed, for a reason that isn't in the request. */
  public static void notDone(RoutingContext call, int status, String message) {
    send(call, status, 200, message);
  }

  /** Answers that the request is wrong. */
  public static void bad(RoutingContext call, int status, String message) {
    send(call, status, status, message);
  }

  /** Answers with JSON, whatever the client accepts. */
  public static void json(RoutingContext call, String json) {
    json(call, 200, json);
  }

  /** Answers with JSON, whatever the client accepts. */
  public static void json(RoutingContext call, int status, String json) {
    // it may be shown on a terminal
    end(call, status, JSON, VisibleText.data(json));
  }

  private static void send(RoutingContext call, int status, int oldStatus, String said) {
    String message =
        said.length() > LONGEST_MESSAGE ? said.substring(0, LONGEST_MESSAGE) + "…" : said;
    if (wantsJson(call)) {
      JsonObject json = new JsonObject().put("status", status);
      json(call, status, json.put("message", Secrets.hidden(message)).encode());
    } else {
      end(call, oldStatus, TEXT, VisibleText.line(message));
    }
  }

  private static void end(RoutingContext call, int status, String type, String body) {
    // the client may be gone, for example during its plugin's run
    if (call.response().ended() || call.response().closed()) {
      return;
    }
    Answers answers = Answers.of(call);
    if (answers == null) {
      // an unreadable path matches no route, so nothing was attached
      call.response().setStatusCode(status).putHeader("Content-Type", type).end(body);
    } else {
      answers.send(call, status, type, body);
    }
  }
}
