package io.loda.common.http;

import io.vertx.ext.web.RoutingContext;
import io.vertx.ext.web.handler.HttpException;
import org.jspecify.annotations.Nullable;

/** A call's parameters, checked. */
public final class Query {

  private final RoutingContext call;

  public Query(RoutingContext call) {
    this.call = call;
  }

  /** Returns a parameter's text; null if it is missing. */
  public @Nullable String optional(String name) {
    String value;
    try {
      // true: a semicolon is an ordinary character, or it would cut an argument in two
      value = call.request().params(true).get(name);
    } catch (HttpException | IllegalArgumentException e) {
      throw new BadCall("query: expected it percent-encoded, found " + call.request().query());
    }
    return value == null || value.isBlank() ? null : value;
  }

  /** Returns whether a parameter is {@code true}; false if it is missing. */
  public boolean flag(String name) {
    String value = optional(name);
    if (value != null && !value.equals("true") && !value.equals("false")) {
      throw new BadCall(name + ": expected true or false, found \"" + value + '"');
    }
    return "true".equals(value);
  }

  public String required(String name, String expected) {
    String value = optional(name);
    if (value == null) {
      throw new BadCall(name + ": expected " + expected + ", found nothing");
    }
    return value;
  }

  public long number(String name, long min, long max) {
    String expected = "a whole number, " + min + "…" + max;
    return number(name, required(name, expected), expected, min, max);
  }

  public long number(String name, long min, long max, long otherwise) {
    String value = optional(name);
    return value == null
        ? otherwise
        : number(name, value, "a whole number, " + min + "…" + max, min, max);
  }

  private static long number(String name, String text, String expected, long min, long max) {
    try {
      long value = Long.parseLong(text.strip());
      if (value >= min && value <= max) {
        return value;
      }
    } catch (NumberFormatException e) {
      // the error below names it
    }
    throw new BadCall(name + ": expected " + expected + ", found \"" + text + '"');
  }
}
