package io.loda.agent.http;

import io.loda.common.files.FileReason;
import io.loda.common.files.allowed.LogFiles;
import io.loda.common.http.Answers;
import io.loda.common.http.BadCall;
import io.loda.common.http.Calls;
import io.loda.common.http.Query;
import io.loda.common.http.Reply;
import io.vertx.core.WorkerExecutor;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.RoutingContext;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicBoolean;

/** {@code GET /log/offset}: gives lines of a log file from an offset on. Always JSON. */
final class LogRoutes {

  private final LogReader reader;
  private final WorkerExecutor worker;

  LogRoutes(LogFiles files, Path dataDir, Path pluginsDir, WorkerExecutor worker) {
    this.reader = new LogReader(files, dataDir, pluginsDir);
    this.worker = worker;
  }

  void addTo(Calls calls) {
    calls.reading("/log/offset", this::read);
  }

  private void read(RoutingContext call) {
    try {
      Query query = new Query(call);
      String path = query.required("fpath", "a file's absolute path");
      long offset = query.number("offset", 0, Long.MAX_VALUE);
      long lines = query.number("num", 1, Long.MAX_VALUE);
      // reserve before the worker's queue takes it: this bounds the queue
      Runnable reserved = Answers.reserveForMany(call, LogLines.PIECE_BYTES);
      if (reserved == null) {
        return;
      }
      worker
          .executeBlocking(() -> reader.open(path, offset, lines), false)
          .onSuccess(found -> send(call, found, offset, reserved))
          .onFailure(
              e -> {
                reserved.run();
                failed(call, e);
              });
    } catch (BadCall e) {
      failed(call, e);
    }
  }

  private void send(RoutingContext call, LogLines lines, long offset, Runnable reserved) {
    Buffer head =
        Buffer.buffer(
            "{\"StatusCode\":200,\"Msg\":\"read "
                + lines.count()
                + " lines of log start from offset:"
                + offset
                + " successfully\",\"Data\":[");
    AtomicBoolean begun = new AtomicBoolean();
    Objects.requireNonNull(Answers.of(call)).stream(
        call,
        Reply.JSON,
        reserved,
        () ->
            worker.executeBlocking(
                () -> piece(lines, begun.getAndSet(true) ? Buffer.buffer() : head), false),
        () -> worker.executeBlocking(() -> closed(lines), false));
  }

  private static Answers.Piece piece(LogLines lines, Buffer piece) throws IOException {
    boolean more = lines.next(piece);
    if (!more) {
      piece.appendString("]}");
    }
    return new Answers.Piece(piece, !more);
  }

  private static boolean closed(LogLines lines) throws IOException {
    lines.close();
    return true;
  }

  private static void failed(RoutingContext call, Throwable cause) {
    int status = cause instanceof BadCall bad ? bad.status() : 500;
    String message =
        cause instanceof BadCall
            ? String.valueOf(cause.getMessage())
            : "can't be read: " + FileReason.of(cause);
    Reply.json(call, status, json(status, message, List.of()));
  }

  private static String json(int status, String message, List<String> lines) {
    return new JsonObject()
        .put("StatusCode", status)
        .put("Msg", message)
        .put("Data", new JsonArray(lines))
        .encode();
  }
}
