package io.loda.common.http;

import io.netty.channel.ChannelFuture;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.net.impl.ConnectionBase;
import io.vertx.ext.web.RoutingContext;
import java.time.Duration;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.LongSupplier;

/**
 * Closes connections on which no call is being worked on: half-open ones, those of clients that
 * take for ever to send a request, and the oldest of them when there are too many. A plugin's run
 * that says nothing for minutes is left alone, which the server's own idle timeout wouldn't do. On
 * the server's event loop.
 */
public final class Connections {

  /** How long a client may go on sending what was refused already, so that it reads the answer. */
  private static final long LINGER_MILLIS = 2_000;

  private final int most;
  private final long patienceNanos;
  private final LongSupplier nanoTime;
  private final Set<HttpConnection> open = new HashSet<>();

  /** Those on which nothing more is read as a request. */
  private final Set<HttpConnection> closing = new HashSet<>();

  /** Since when each has had nothing to wait for, the oldest first; those at work aren't there. */
  private final Map<HttpConnection, Long> idleSince = new LinkedHashMap<>();

  /**
   * No connections.
   *
   * @param most how many there may be at once
   */
  public Connections(int most, Duration patience, LongSupplier nanoTime) {
    this.most = most;
    this.patienceNanos = patience.toNanos();
    this.nanoTime = nanoTime;
  }

  public void start(Vertx vertx) {
    vertx.setPeriodic(Math.max(1, patienceNanos / 4_000_000), unused -> closeOld());
  }

  public void opened(HttpConnection connection) {
    if (open.size() >= most) {
      if (idleSince.isEmpty()) {
        connection.close();
        return;
      }
      HttpConnection oldest = idleSince.keySet().iterator().next();
      forget(oldest);
      cut(oldest);
    }
    open.add(connection);
    idle(connection);
    connection.closeHandler(unused -> forget(connection));
  }

  private void forget(HttpConnection connection) {
    open.remove(connection);
    closing.remove(connection);
    idleSince.remove(connection);
  }

  private void idle(HttpConnection connection) {
    if (open.contains(connection)) {
      idleSince.remove(connection);
      idleSince.put(connection, nanoTime.getAsLong());
    }
  }

  /** A call began; it counts as work once its request is here whole. */
  public void called(RoutingContext call) {
    HttpConnection connection = call.request().connection();
    if (closing.contains(connection)) {
      return;
    }
    call.request()
        .end()
        .onSuccess(
            unused -> {
              // one that was refused before its body came is at its end already
              if (!call.response().ended()) {
                idleSince.remove(connection);
              }
            });
    call.addEndHandler(
        ended -> {
          if (ended.succeeded()) {
            idle(connection);
          }
        });
    checkFraming(call.request());
    call.next();
  }

  /** Where a body ends must be beyond doubt: what follows it is read as the next request. */
  private static void checkFraming(HttpServerRequest request) {
    List<String> codings = request.headers().getAll("Transfer-Encoding");
    if (!codings.isEmpty()
        && (codings.size() > 1 || !codings.get(0).strip().equalsIgnoreCase("chunked"))) {
      throw new BadCall(
          "Transfer-Encoding: expected chunked or none, found " + String.join(", ", codings));
    }
  }

  /**
   * Closes the connection when the call is answered, and lets nothing more be read from it: where
   * what it sends ends isn't known, or nobody wants the rest of it.
   */
  public void closeAfter(RoutingContext call) {
    HttpConnection connection = call.request().connection();
    if (!open.contains(connection) || !closing.add(connection)) {
      return;
    }
    call.response().putHeader("Connection", "close");
    call.addEndHandler(
        unused -> {
          if (call.request().isEnded()) {
            connection.close();
          } else {
            call.request().handler(dropped -> {}).endHandler(end -> connection.close());
            call.request().resume();
          }
          call.vertx().setTimer(LINGER_MILLIS, late -> cut(connection));
        });
  }

  /**
   * Closes a connection now. Vert.x closes one only when all that was written is sent, and so never
   * where the other side doesn't read.
   */
  static void cut(HttpConnection connection) {
    if (connection instanceof ConnectionBase known) {
      ChannelFuture unused = known.channelHandlerContext().close();
    } else {
      connection.close();
    }
  }

  private void closeOld() {
    long now = nanoTime.getAsLong();
    List<HttpConnection> old =
        idleSince.entrySet().stream()
            .filter(entry -> now - entry.getValue() >= patienceNanos)
            .map(Map.Entry::getKey)
            .toList();
    old.forEach(idleSince::remove);
    old.forEach(Connections::cut);
  }
}
