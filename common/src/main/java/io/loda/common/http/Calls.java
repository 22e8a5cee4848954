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

/** Defines the calls of an API and their methods. On the server's event loop. */
public final class Calls {

  private final Router router;
  private final boolean legacyGet;
  private final Map<String, List<HttpMethod>> methods = new LinkedHashMap<>();

  /**
   * Creates it without any calls.
   *
   * @param legacyGet whether GET may change something, as the older contract allows
   */
  public Calls(Router router, boolean legacyGet) {
    this.router = router;
    this.legacyGet = legacyGet;
  }

  /** Adds a call that changes nothing. */
  public void reading(String path, Consumer<RoutingContext> handler) {
    add(path, HttpMethod.GET, handler);
    add(path, HttpMethod.HEAD, handler);
  }

  /** Adds a call that changes something. */
  public void changing(String path, Consumer<RoutingContext> handler) {
    add(path, HttpMethod.POST, handler);
    alsoByGet(path, handler);
  }

  /** Adds a call that changes something; the older contract makes it by GET too. */
  public void alsoByGet(String path, Consumer<RoutingContext> handler) {
    if (legacyGet) {
      add(path, HttpMethod.GET, handler);
    }
  }

  /**
   * Adds a call with a body.
   *
   * @param check throws if the body isn't to be read
   * @param bodies reads the body
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

  /** Refuses all other calls; call it last. */
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
