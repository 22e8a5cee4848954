package io.loda.server.http;

import io.loda.common.http.BadCall;
import io.vertx.core.http.HttpMethod;
import java.util.List;

/** The calls of the API, by path and method. */
enum Route {
  PAGE(HttpMethod.GET),
  PING(HttpMethod.GET),
  HEALTH(HttpMethod.GET),
  COUNTERS(HttpMethod.GET),
  VALUE(HttpMethod.GET),
  VALUE_JSON(HttpMethod.POST),
  UPDATE(HttpMethod.POST),
  UPDATE_JSON(HttpMethod.POST),
  UPDATES(HttpMethod.POST);

  @SuppressWarnings("ImmutableEnumChecker") // it is
  private final HttpMethod method;

  Route(HttpMethod method) {
    this.method = method;
  }

  /**
   * Returns the call of a path.
   *
   * @param path the segments from {@link CallPath}
   * @throws BadCall 404 if there is none, 405 if it has another method
   */
  static Route of(List<String> path, HttpMethod method) {
    Route route = anyMethod(path);
    boolean taken =
        route.method.equals(method) || (route.isRead() && method.equals(HttpMethod.HEAD));
    if (!taken) {
      throw new BadCall(405, "method: expected " + route.allowed() + ", found " + method);
    }
    return route;
  }

  /**
   * Returns the call of a path, whatever the method.
   *
   * @throws BadCall 404 if there is none
   */
  static Route anyMethod(List<String> path) {
    if (path.isEmpty()) {
      return PAGE;
    }
    int length = path.size();
    return switch (path.get(0)) {
      case "update" -> length == 1 ? UPDATE_JSON : UPDATE;
      case "value" -> length == 1 ? VALUE_JSON : VALUE;
      case "updates" -> known(UPDATES, length);
      case "ping" -> known(PING, length);
      case "health" -> known(HEALTH, length);
      case "metrics" -> known(COUNTERS, length);
      default -> throw unknown();
    };
  }

  private static Route known(Route route, int length) {
    if (length > 1) {
      throw unknown();
    }
    return route;
  }

  static BadCall unknown() {
    return new BadCall(
        404,
        "no such call; there are POST /update/TYPE/NAME/VALUE, /update/, /updates/ and /value/, and"
            + " GET /value/TYPE/NAME, /, /ping, /health and /metrics");
  }

  boolean isRead() {
    return method.equals(HttpMethod.GET);
  }

  String allowed() {
    return isRead() ? "GET, HEAD" : "POST";
  }
}
