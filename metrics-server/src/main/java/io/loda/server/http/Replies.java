package io.loda.server.http;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.loda.common.http.Answers;
import io.loda.common.http.BadCall;
import io.loda.common.http.Signature;
import io.loda.common.telemetry.MemoryBudget;
import io.vertx.core.Future;
import io.vertx.core.WorkerExecutor;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpMethod;
import io.vertx.ext.web.RoutingContext;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Locale;
import java.util.function.Supplier;
import java.util.zip.GZIPOutputStream;
import org.jspecify.annotations.Nullable;

/**
 * Sends answers: compresses JSON and HTML for callers that accept gzip, and signs the bytes on the
 * wire if there is a key. On the server's event loop.
 */
final class Replies {

  private static final String JSON = "application/json";
  private static final String HTML = "text/html; charset=utf-8";
  static final String TEXT = "text/plain; charset=utf-8";

  /** A larger answer is compressed and signed on a worker. */
  private static final int LARGE_BYTES = 256 * 1024;

  private static final int RETRY_AFTER_SECONDS = 2;

  private final @Nullable Signature signature;
  private final WorkerExecutor worker;
  private final MemoryBudget.Share share;

  private record Wire(Buffer bytes, @Nullable String signature) {}

  /**
   * Makes the sender of answers.
   *
   * @param signature null: answers aren't signed
   * @param share the memory of answers
   */
  Replies(@Nullable Signature signature, WorkerExecutor worker, MemoryBudget.Share share) {
    this.signature = signature;
    this.worker = worker;
    this.share = share;
  }

  void json(RoutingContext call, int status, String json) {
    packed(call, status, JSON, json);
  }

  void html(RoutingContext call, String html) {
    packed(call, 200, HTML, html);
  }

  void text(RoutingContext call, String type, String text) {
    byte[] bytes = text.getBytes(UTF_8);
    send(call, 200, type, wire(bytes, false));
  }

  /** Answers 200 without a body, and so without a signature. */
  void empty(RoutingContext call) {
    if (!isGone(call)) {
      call.response().setStatusCode(200).putHeader("Content-Type", TEXT).end();
    }
  }

  /** Answers with JSON that is large, so a worker also formats it. */
  void largeJson(RoutingContext call, Supplier<String> json) {
    boolean gzip = takesGzip(call);
    send(
        call,
        200,
        JSON,
        gzip,
        worker.executeBlocking(() -> wire(json.get().getBytes(UTF_8), gzip), false));
  }

  private void packed(RoutingContext call, int status, String type, String text) {
    boolean gzip = takesGzip(call);
    byte[] bytes = text.getBytes(UTF_8);
    if (bytes.length <= LARGE_BYTES) {
      send(call, status, type, gzip, Future.succeededFuture(wire(bytes, gzip)));
    } else if (share.tryTake(bytes.length)) {
      Future<Wire> wire =
          worker
              .executeBlocking(() -> wire(bytes, gzip), false)
              .onComplete(unused -> share.give(bytes.length));
      send(call, status, type, gzip, wire);
    } else {
      call.fail(
          BadCall.later(
              "other answers use all the memory for answers; send the request again later",
              RETRY_AFTER_SECONDS));
    }
  }

  private void send(RoutingContext call, int status, String type, boolean gzip, Future<Wire> wire) {
    wire.onSuccess(
            done -> {
              if (!isGone(call)) {
                call.response().putHeader("Vary", "Accept-Encoding");
                if (gzip) {
                  call.response().putHeader("Content-Encoding", "gzip");
                }
                send(call, status, type, done);
              }
            })
        .onFailure(call::fail);
  }

  private void send(RoutingContext call, int status, String type, Wire wire) {
    if (isGone(call)) {
      return;
    }
    // an answer to HEAD has no body, and so no signature
    if (wire.signature != null && !call.request().method().equals(HttpMethod.HEAD)) {
      call.response().putHeader(Signature.HEADER, wire.signature);
    }
    Answers answers = Answers.of(call);
    if (answers == null) {
      // a path that Vert.x can't decode reaches no route, so there are no Answers
      call.response().setStatusCode(status).putHeader("Content-Type", type).end(wire.bytes);
    } else {
      answers.send(call, status, type, wire.bytes);
    }
  }

  /** Returns whether the caller has disconnected, or already got 503 for its time-out. */
  private static boolean isGone(RoutingContext call) {
    return call.response().ended() || call.response().closed();
  }

  private Wire wire(byte[] text, boolean gzip) {
    byte[] bytes = gzip ? gzip(text) : text;
    return new Wire(
        Buffer.buffer(bytes),
        signature == null || bytes.length == 0 ? null : signature.of(bytes, bytes.length));
  }

  private static byte[] gzip(byte[] text) {
    ByteArrayOutputStream packed = new ByteArrayOutputStream(text.length / 4 + 64);
    try (GZIPOutputStream out = new GZIPOutputStream(packed)) {
      out.write(text);
    } catch (IOException e) {
      // writing to memory can't fail
      throw new UncheckedIOException(e);
    }
    return packed.toByteArray();
  }

  /**
   * Returns whether the caller accepts gzip (RFC 9110, 12.5.3): by name or {@code *}, and not with
   * a weight of 0.
   */
  static boolean takesGzip(RoutingContext call) {
    String accepted =
        String.join(",", call.request().headers().getAll("Accept-Encoding"))
            .toLowerCase(Locale.ROOT);
    boolean anything = false;
    for (String coding : accepted.split(",", -1)) {
      String[] parts = coding.strip().split("\\s*;\\s*", -1);
      boolean taken = parts.length < 2 || !parts[1].matches("q=0(\\.0{0,3})?");
      if (parts[0].equals("gzip") || parts[0].equals("x-gzip")) {
        return taken;
      }
      anything |= parts[0].equals("*") && taken;
    }
    return anything;
  }
}
