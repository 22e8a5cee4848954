package io.loda.agent.http;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.RoutingContext;
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
    String statement = new Query(call).required("q", "a statement");
    if (!statement.strip().toUpperCase(Locale.ROOT).startsWith("CREATE DATABASE")) {
      throw new BadCall("q: expected CREATE DATABASE, found something else: this is no database");
    }
    Reply.json(
        call,
        new JsonObject()
            .put("results", new JsonArray().add(new JsonObject().put("statement_id", 0)))
            .encode());
  }
}
