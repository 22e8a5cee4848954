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

/** Gives the answers of InfluxDB 1.x, for clients that write to one. */
final class InfluxReply {

  private static final String VERSION = "X-Influxdb-Version";

  private InfluxReply() {}

  static void written(RoutingContext call) {
    call.response().setStatusCode(204).end();
  }

  /** Answers a client that checks whether the server is up before it writes. */
  static void pong(RoutingContext call) {
    call.response().setStatusCode(204).putHeader(VERSION, "1.8.0").end();
  }

  /** Accepts CREATE DATABASE, which some clients send first; there is nothing to create. */
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
      throw new BadCall(
          "q: expected CREATE DATABASE, found another statement: the agent is no database");
    }
    Reply.json(
        call,
        new JsonObject()
            .put("results", new JsonArray().add(new JsonObject().put("statement_id", 0)))
            .encode());
  }

  /** Returns the statement of a form; empty: there is none. */
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
