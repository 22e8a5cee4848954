package io.loda.agent.http;

import io.vertx.core.WorkerExecutor;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.nio.file.Path;
import java.util.List;

/** {@code GET /log/offset}: lines of a log file, from a byte on. Always JSON. */
final class LogRoutes {

  private final LogReader reader;
  private final WorkerExecutor worker;

  LogRoutes(List<Path> roots, WorkerExecutor worker) {
    this.reader = new LogReader(roots);
    this.worker = worker;
  }

  void addTo(Router router) {
    router.get("/log/offset").handler(this::read);
  }

  private void read(RoutingContext call) {
    try {
      Query query = new Query(call);
      String path = query.required("fpath", "a file's absolute path");
      long offset = query.number("offset", 0, Long.MAX_VALUE);
      long lines = query.number("num", 1, Long.MAX_VALUE);
      worker
          .executeBlocking(() -> reader.read(path, offset, lines), false)
          .onSuccess(
              read ->
                  answer(
                      call,
                      200,
                      "read "
                          + read.size()
                          + " lines of log start from offset:"
                          + offset
                          + " successfully",
                      new JsonArray(read)))
          .onFailure(e -> failed(call, e));
    } catch (BadCall e) {
      failed(call, e);
    }
  }

  private static void failed(RoutingContext call, Throwable cause) {
    int status = cause instanceof BadCall bad ? bad.status() : 500;
    answer(call, status, String.valueOf(cause.getMessage()), new JsonArray());
  }

  private static void answer(RoutingContext call, int status, String message, JsonArray lines) {
    call.response().setStatusCode(status);
    Reply.json(
        call,
        new JsonObject().put("StatusCode", status).put("Msg", message).put("Data", lines).encode());
  }
}
