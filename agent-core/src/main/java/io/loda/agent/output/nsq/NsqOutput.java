package io.loda.agent.output.nsq;

import io.loda.agent.output.Output;
import io.loda.agent.output.RefusedException;
import io.loda.agent.point.Message;
import io.loda.common.config.HostPort;
import io.loda.common.net.HostLookup;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/**
 * Publishes to nsqds by their own protocol: each message is one PUB, several are in flight on a
 * connection, and nsqd answers them in order. With one server, or {@code failover}, a topic's order
 * is kept; {@code round-robin} doesn't keep it.
 */
public final class NsqOutput implements Output {

  /**
   * The largest message of an nsqd by default ({@code --max-msg-size}); nsqd doesn't announce its
   * limit.
   */
  static final long NSQD_MAX_MESSAGE_BYTES = 1024 * 1024;

  private static final int MAX_IN_FLIGHT = 16;

  /** The times, which tests shorten. */
  public record Times(
      Duration heartbeat, Duration firstPause, Duration lookup, Duration firstLookup) {

    public static final Times DEFAULTS =
        new Times(
            NsqConnector.HEARTBEAT,
            NsqServer.FIRST_PAUSE,
            Duration.ofMinutes(1),
            Duration.ofSeconds(3));
  }

  private final Vertx vertx;
  private final NsqSettings settings;
  private final HostLookup names;
  private final NsqConnector connector;
  private final NsqServers servers;
  private final NsqLookup lookup;
  private final Deque<Unsent> unsent = new ArrayDeque<>();
  private boolean draining;
  private boolean closed;

  public NsqOutput(Vertx vertx, String name, NsqSettings settings, Times times, HostLookup names) {
    this.vertx = vertx;
    this.settings = settings;
    this.names = names;
    this.connector = new NsqConnector(vertx, name, settings, names, times.heartbeat());
    this.servers =
        new NsqServers(
            settings.roundRobin(),
            address -> new NsqServer(vertx, address, connector, times.firstPause(), this::changed));
    this.lookup =
        new NsqLookup(
            vertx,
            name,
            settings.lookupd(),
            names,
            times.lookup(),
            times.firstLookup(),
            this::setServers);
  }

  @Override
  public Future<Void> start() {
    setServers(Map.of());
    lookup.start();
    return Future.succeededFuture();
  }

  private void setServers(Map<HostPort, Set<String>> found) {
    Map<HostPort, Set<String>> all = new LinkedHashMap<>();
    settings.servers().forEach(server -> all.put(server, Set.of()));
    all.putAll(found);
    servers.set(all);
    sendUnsent();
  }

  @Override
  public Future<Void> send(Message message) {
    try {
      Topics.check(message.topic(), settings.allowEphemeral());
      checkSize(message);
    } catch (RefusedException e) {
      return Future.failedFuture(e);
    }
    if (closed) {
      return Future.failedFuture(new IOException("the output is closed"));
    }
    if (unsent.isEmpty()) {
      NsqServer server = servers.choose(message.topic());
      if (server != null) {
        return server.publish(message);
      }
    }
    Unsent one = new Unsent(message, Promise.promise());
    unsent.add(one);
    sendUnsent();
    if (one.answer.future().isComplete()) {
      return one.answer.future();
    }
    // once a server has it, its connection has a time-out of its own
    long timer =
        vertx.setTimer(
            NsqConnection.ANSWER_TIME.toMillis(),
            unused -> {
              if (unsent.remove(one)) {
                one.answer.fail(nobody(message.topic()));
              }
            });
    return one.answer.future().onComplete(unused -> vertx.cancelTimer(timer));
  }

  private void changed() {
    if (!closed && servers.isNoneReady()) {
      servers.hurry();
      lookup.hurry();
    }
    sendUnsent();
  }

  /** Sends the unsent messages in order, up to the first that must still wait for a server. */
  private void sendUnsent() {
    if (draining) {
      return;
    }
    draining = true;
    try {
      Unsent first = unsent.peek();
      while (first != null) {
        Message message = first.message;
        NsqServer server = closed ? null : servers.choose(message.topic());
        if (server == null && !closed && mayBeSoon(message.topic())) {
          return;
        }
        unsent.remove();
        if (server == null) {
          first.answer.tryFail(nobody(message.topic()));
        } else {
          server.publish(message).onComplete(first.answer);
        }
        first = unsent.peek();
      }
    } finally {
      draining = false;
    }
  }

  private boolean mayBeSoon(String topic) {
    return lookup.isFirst() || servers.mayBeReadySoon(topic);
  }

  private IOException nobody(String topic) {
    String reasons = servers.failures(topic);
    String lookups = lookup.failure();
    String both = reasons + (reasons.isEmpty() || lookups.isEmpty() ? "" : "; ") + lookups;
    return new IOException("no nsqd takes it: " + (both.isEmpty() ? "none is known yet" : both));
  }

  /**
   * Throws {@link RefusedException} for a message that is empty, or larger than nsqd's default
   * limit.
   */
  static void checkSize(Message message) {
    int bytes = message.body().length;
    if (bytes == 0 || bytes > NSQD_MAX_MESSAGE_BYTES) {
      throw new RefusedException(
          "message: expected 1 to " + NSQD_MAX_MESSAGE_BYTES + " bytes, found " + bytes);
    }
  }

  /** Returns the largest message; it falls when an nsqd reports a lower limit. */
  @Override
  public long maxMessageBytes() {
    return Math.min(NSQD_MAX_MESSAGE_BYTES, servers.maxMessageBytes());
  }

  @Override
  public int maxInFlight() {
    return MAX_IN_FLIGHT;
  }

  @Override
  public Future<Void> close() {
    closed = true;
    sendUnsent();
    return Future.join(servers.close(), lookup.close(), connector.close())
        .timeout(1, TimeUnit.SECONDS)
        .eventually(names::close)
        .otherwiseEmpty()
        .mapEmpty();
  }

  /** A message for which no server is ready yet. */
  private record Unsent(Message message, Promise<Void> answer) {}
}
