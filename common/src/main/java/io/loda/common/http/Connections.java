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
 * Closes connections without a call at work: half-open ones, those whose request doesn't arrive in
 * time, and the oldest of them when there are too many. A plugin's run that prints nothing for
 * minutes keeps its connection, which the server's own idle timeout would close. On the server's
 * event loop.
 */
public final class Connections {

  /** How long a client may go on sending a refused request, so that it can read the answer. */
  private static final long LINGER_MILLIS = 2_000;

  private final int most;
  private final long patienceNanos;
  private final LongSupplier nanoTime;
  private final Set<HttpConnection> open = new HashSet<>();

  /** Connections on which no further request is read. */
  private final Set<HttpConnection> closing = new HashSet<>();

  /**
   * When each idle connection became idle, oldest first. A connection with a call at work isn't
   * here.
   */
  private final Map<HttpConnection, Long> idleSince = new LinkedHashMap<>();

  /**
   * Creates it without any connections.
   *
   * @param most the most connections at once
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

  /** Notes the begin of a call; its connection isn't idle once the whole request is read. */
  public void called(RoutingContext call) {
    HttpConnection connection = call.request().connection();
    if (closing.contains(connection)) {
      return;
    }
    call.request()
        .end()
        .onSuccess(
            unused -> {
              // a request that was refused before its body arrived is already answered
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

  /**
   * Refuses a request whose body's end is ambiguous: what follows it would be read as a request.
   */
  private static void checkFraming(HttpServerRequest request) {
    List<String> codings = request.headers().getAll("Transfer-Encoding");
    if (!codings.isEmpty()
        && (codings.size() > 1 || !codings.get(0).strip().equalsIgnoreCase("chunked"))) {
      throw new BadCall(
          "Transfer-Encoding: expected chunked or none, found " + String.join(", ", codings));
    }
  }

  /**
   * Closes the connection after the call's answer, and reads no further request from it: the end of
   * the current request isn't known, or its rest isn't wanted.
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
   * Closes a connection at once. Vert.x itself closes it only after all is sent, so never if the
   * client doesn't read.
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
