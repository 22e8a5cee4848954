package io.loda.common.http;

import io.loda.common.config.Secrets;
import io.loda.common.logging.VisibleText;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.RoutingContext;
import java.util.Locale;

/**
 * Answers as the older contract wants them, or as they should be: a client that sends {@code
 * Accept: application/json} gets JSON and a true status; others get text, and 200 also for what
 * couldn't be done. A wrong parameter is a 4xx for everybody.
 */
public final class Reply {

  public static final String JSON = "application/json; charset=utf-8";

  public static final String TEXT = "text/plain; charset=utf-8";

  /** What was said wrong may be repeated, but not at any length. */
  private static final int LONGEST_MESSAGE = 2_000;

  private Reply() {}

  public static boolean wantsJson(RoutingContext call) {
    String accept =
        String.join(",", call.request().headers().getAll("Accept")).toLowerCase(Locale.ROOT);
    int json = accept.indexOf("application/json");
    int anything = accept.indexOf("*/*");
    // libraries that say all three (axios) expect what the older agent answers
    return json >= 0 && (anything < 0 || json < anything) && !accept.contains("text/plain");
  }

  /** It was done. */
  public static void done(RoutingContext call, String message) {
    send(call, 200, 200, message);
  }

  /** It couldn't be done, for a reason that the caller's words don't show. */
  public static void notDone(RoutingContext call, int status, String message) {
    send(call, status, 200, message);
  }

  /** The call itself is wrong. */
  public static void bad(RoutingContext call, int status, String message) {
    send(call, status, status, message);
  }

  /** An answer that is JSON for everybody. */
  public static void json(RoutingContext call, String json) {
    json(call, 200, json);
  }

  /** An answer that is JSON for everybody. */
  public static void json(RoutingContext call, int status, String json) {
    // it is looked at on terminals, too
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
    // a client may have gone while its plugin ran
    if (call.response().ended() || call.response().closed()) {
      return;
    }
    Answers answers = Answers.of(call);
    if (answers == null) {
      // a path that can't be read comes to no route
      call.response().setStatusCode(status).putHeader("Content-Type", type).end(body);
    } else {
      answers.send(call, status, type, body);
    }
  }
}
