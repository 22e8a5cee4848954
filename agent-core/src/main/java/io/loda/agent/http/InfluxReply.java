package io.loda.agent.http;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.loda.common.http.BadCall;
import io.loda.common.http.Bodies;
import io.loda.common.http.Body;
import io.loda.common.http.Query;
import io.loda.common.http.Reply;
import io.netty.handler.codec.http.QueryStringDecoder;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.RoutingContext;
import java.util.List;
import java.util.Locale;

/** Answers as InfluxDB 1.x gives them, for clients that push to one. */
final class InfluxReply {

  private static final String VERSION = "X-Influxdb-Version";

  private InfluxReply() {}

  static void written(RoutingContext call) {
    call.response().setStatusCode(204).end();
  }

  /** Clients ask before they begin whether somebody is there. */
  static void pong(RoutingContext call) {
    call.response().setStatusCode(204).putHeader(VERSION, "1.8.0").end();
  }

  /** Some create their database first; here it comes with its first point. */
  static void query(RoutingContext call) {
    query(call, new Query(call).required("q", "a statement"));
  }

  /** The statement may be in a form, as Telegraf and {@code curl --data-urlencode} send it. */
  static void queryWithBody(RoutingContext call) {
    String statement = statementOfForm(call);
    if (statement.isBlank()) {
      query(call);
    } else {
      query(call, statement);
    }
  }

  private static void query(RoutingContext call, String statement) {
    if (!statement.strip().toUpperCase(Locale.ROOT).startsWith("CREATE DATABASE")) {
      throw new BadCall("q: expected CREATE DATABASE, found something else: this is no database");
    }
    Reply.json(
        call,
        new JsonObject()
            .put("results", new JsonArray().add(new JsonObject().put("statement_id", 0)))
            .encode());
  }

  /** Empty where there is none. */
  private static String statementOfForm(RoutingContext call) {
    String type = call.request().getHeader("Content-Type");
    Body body = Bodies.of(call);
    if (type == null
        || !type.toLowerCase(Locale.ROOT).startsWith("application/x-www-form-urlencoded")) {
      return "";
    }
    String form = new String(body.array(), 0, body.length(), UTF_8);
    try {
      List<String> values = new QueryStringDecoder(form, UTF_8, false, 100).parameters().get("q");
      return values == null ? "" : values.get(0);
    } catch (IllegalArgumentException e) {
      throw new BadCall("body: expected a form, percent-encoded, found " + e.getMessage());
    }
  }
}
