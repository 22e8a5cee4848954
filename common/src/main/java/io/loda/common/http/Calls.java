package io.loda.common.http;

import io.vertx.core.http.HttpMethod;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/** Which calls there are, and by which methods. On the server's event loop. */
public final class Calls {

  private final Router router;
  private final boolean legacyGet;
  private final Map<String, List<HttpMethod>> methods = new LinkedHashMap<>();

  /**
   * No calls yet.
   *
   * @param legacyGet whether GET may change something, as the older contract has it
   */
  public Calls(Router router, boolean legacyGet) {
    this.router = router;
    this.legacyGet = legacyGet;
  }

  /** A call that only tells. */
  public void reading(String path, Consumer<RoutingContext> handler) {
    add(path, HttpMethod.GET, handler);
    add(path, HttpMethod.HEAD, handler);
  }

  /** A call that changes something. */
  public void changing(String path, Consumer<RoutingContext> handler) {
    add(path, HttpMethod.POST, handler);
    alsoByGet(path, handler);
  }

  /** A call that changes something and was made by GET, too, of old. */
  public void alsoByGet(String path, Consumer<RoutingContext> handler) {
    if (legacyGet) {
      add(path, HttpMethod.GET, handler);
    }
  }

  /**
   * A call that brings a body.
   *
   * @param check throws when the body needn't even be read
   * @param bodies reads it
   */
  public void taking(
      String path,
      Consumer<RoutingContext> check,
      Bodies bodies,
      Consumer<RoutingContext> handler) {
    router
        .post(path)
        .handler(
            call -> {
              check.accept(call);
              bodies.read(call);
            });
    add(path, HttpMethod.POST, handler);
  }

  /** Answers whatever else is asked; to be called last. */
  public void refuseOthers() {
    router.route().handler(this::refuse);
  }

  private void add(String path, HttpMethod method, Consumer<RoutingContext> handler) {
    router.route(method, path).handler(handler::accept);
    methods.computeIfAbsent(path, unused -> new ArrayList<>()).add(method);
  }

  private void refuse(RoutingContext call) {
    HttpMethod found = call.request().method();
    List<HttpMethod> expected = methods.get(call.normalizedPath().replaceAll("(?<=.)/+$", ""));
    if (expected == null) {
      throw new BadCall(
          404,
          "no such call: "
              + call.request().path()
              + "; there are "
              + String.join(", ", methods.keySet()));
    }
    call.response().putHeader("Allow", joined(expected, ", "));
    boolean legacy = found.equals(HttpMethod.GET) && !legacyGet;
    throw new BadCall(
        405,
        "method: expected "
            + joined(expected, " or ")
            + ", found "
            + found
            + (legacy ? " (http.legacy-get is false)" : ""));
  }

  private static String joined(List<HttpMethod> methods, String separator) {
    return methods.stream().map(HttpMethod::name).collect(Collectors.joining(separator));
  }
}
