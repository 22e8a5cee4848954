package io.loda.common.http;

import io.loda.common.telemetry.MemoryBudget;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.http.HttpVersion;
import io.vertx.ext.web.RoutingContext;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Sends answers within a share of memory. A large answer takes memory from the share until it is
 * sent, and a connection has one answer at a time. So a client that asks and doesn't read costs
 * little, and its connection is closed. On the server's event loop.
 */
public final class Answers {

  /** The largest answer that takes nothing from the share. */
  static final int SMALL_BYTES = 4 * 1024;

  private static final String KEY = "answers";
  private static final int RETRY_AFTER_SECONDS = 2;
  private static final int PART_FOR_STATUS = 8;

  /** An answer in pieces must be sent within this many times the patience. */
  private static final int PATIENCES = 10;

  private final Vertx vertx;
  private final MemoryBudget.Share share;
  private final long patienceMillis;
  private final Map<HttpConnection, Future<Void>> unsent = new HashMap<>();

  /** A piece of an answer; the next one is requested when this one is sent. */
  public record Piece(Buffer bytes, boolean last) {}

  /**
   * Creates it without any answers.
   *
   * @param patience how long sending one answer, or one piece, may take
   */
  public Answers(Vertx vertx, MemoryBudget.Share share, Duration patience) {
    this.vertx = vertx;
    this.share = share;
    this.patienceMillis = Math.max(1, patience.toMillis());
  }

  /** Returns the object that sends a call's answer; null before {@link #attach}. */
  public static @Nullable Answers of(RoutingContext call) {
    return call.get(KEY);
  }

  public void attach(RoutingContext call) {
    call.put(KEY, this);
  }

  /** Continues a call when the previous answer on its connection is sent. */
  public void begin(RoutingContext call) {
    Future<Void> before = unsent.get(call.request().connection());
    if (before == null || before.isComplete()) {
      call.next();
      return;
    }
    call.request().pause();
    before.onSuccess(
        unused -> {
          call.request().resume();
          call.next();
        });
  }

  void send(RoutingContext call, int status, String type, String text) {
    send(call, status, type, Buffer.buffer(text));
  }

  /** Sends an answer; sends 503 if the share has no memory for it. */
  public void send(RoutingContext call, int status, String type, Buffer bytes) {
    HttpServerResponse response = call.response();
    int taken = bytes.length() > SMALL_BYTES ? bytes.length() : 0;
    if (!share.tryTake(taken)) {
      later(call);
      return;
    }
    response.setStatusCode(status).putHeader("Content-Type", type);
    track(call, response.end(bytes), () -> share.give(taken), taken > 0 ? patienceMillis : 0);
  }

  /**
   * Takes memory for building an answer. If the share has none left, answers 503 and returns null.
   *
   * @return gives the memory back
   */
  public static @Nullable Runnable reserve(RoutingContext call, long bytes) {
    return reserve(call, bytes, 0);
  }

  /** Like {@link #reserve}, but leaves an eighth of the share free for lists and the status. */
  public static @Nullable Runnable reserveForMany(RoutingContext call, long bytes) {
    long cap = Objects.requireNonNull(of(call)).share.capBytes();
    return reserve(call, bytes, cap / PART_FOR_STATUS);
  }

  private static @Nullable Runnable reserve(RoutingContext call, long bytes, long left) {
    MemoryBudget.Share share = Objects.requireNonNull(of(call)).share;
    if (!share.tryTake(bytes, left)) {
      later(call);
      return null;
    }
    return () -> share.give(bytes);
  }

  private static void later(RoutingContext call) {
    call.response().putHeader("Retry-After", Integer.toString(RETRY_AFTER_SECONDS));
    Reply.bad(
        call,
        503,
        "the answers that are being sent take all the memory for answers (/me/status says how "
            + "much); retry later");
  }

  /**
   * Sends an answer of status 200 piece by piece.
   *
   * @param reserved what {@link #reserve} returned for a piece; called when all is sent
   * @param next makes the next piece, off the event loop
   * @param close called at the end, also after a failure
   */
  public void stream(
      RoutingContext call,
      String type,
      Runnable reserved,
      Supplier<Future<Piece>> next,
      Runnable close) {
    call.response().setStatusCode(200).putHeader("Content-Type", type);
    HttpConnection connection = call.request().connection();
    Future<Void> sent =
        pieces(call, next)
            .onFailure(e -> Connections.cut(connection))
            .onComplete(
                unused -> {
                  close.run();
                  if (call.request().version() == HttpVersion.HTTP_1_0) {
                    connection.close();
                  }
                });
    track(call, sent, reserved, patienceMillis * PATIENCES);
  }

  private Future<Void> pieces(RoutingContext call, Supplier<Future<Piece>> next) {
    HttpServerResponse response = call.response();
    return next.get()
        .compose(
            piece -> {
              if (response.closed() || response.ended()) {
                return Future.failedFuture("the client went away");
              }
              if (piece.last()) {
                return response.end(piece.bytes());
              }
              if (!response.headWritten()) {
                response.setChunked(true);
              }
              return response
                  .write(piece.bytes())
                  .timeout(patienceMillis, TimeUnit.MILLISECONDS)
                  .compose(unused -> pieces(call, next));
            });
  }

  private void track(RoutingContext call, Future<Void> sent, Runnable reserved, long patience) {
    HttpConnection connection = call.request().connection();
    unsent.put(connection, sent);
    long timer =
        patience > 0 ? vertx.setTimer(patience, unused -> Connections.cut(connection)) : -1;
    sent.onComplete(
        unused -> {
          unsent.remove(connection, sent);
          reserved.run();
          if (timer >= 0) {
            vertx.cancelTimer(timer);
          }
        });
  }
}
