package io.loda.agent.http;

import io.vertx.core.Vertx;
import io.vertx.core.http.HttpConnection;
import io.vertx.ext.web.RoutingContext;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;

/**
 * Closes connections on which no call is being worked on: half-open ones, and those of clients that
 * take for ever to send a request. A plugin's run that says nothing for minutes is left alone,
 * which the server's own idle timeout wouldn't do. On the server's event loop.
 */
final class IdleConnections {

  private final long patienceNanos;
  private final LongSupplier nanoTime;

  /** Since when each has had nothing to wait for; those at work aren't there. */
  private final Map<HttpConnection, Long> idleSince = new HashMap<>();

  IdleConnections(Duration patience, LongSupplier nanoTime) {
    this.patienceNanos = patience.toNanos();
    this.nanoTime = nanoTime;
  }

  void start(Vertx vertx) {
    vertx.setPeriodic(Math.max(1, patienceNanos / 4_000_000), unused -> closeOld());
  }

  void opened(HttpConnection connection) {
    idleSince.put(connection, nanoTime.getAsLong());
    connection.closeHandler(unused -> idleSince.remove(connection));
  }

  /** A call began; it counts as work once its request is here whole. */
  void called(RoutingContext call) {
    HttpConnection connection = call.request().connection();
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
            idleSince.put(connection, nanoTime.getAsLong());
          }
        });
    call.next();
  }

  private void closeOld() {
    long now = nanoTime.getAsLong();
    List<HttpConnection> old =
        idleSince.entrySet().stream()
            .filter(entry -> now - entry.getValue() >= patienceNanos)
            .map(Map.Entry::getKey)
            .toList();
    old.forEach(idleSince::remove);
    old.forEach(HttpConnection::close);
  }
}
