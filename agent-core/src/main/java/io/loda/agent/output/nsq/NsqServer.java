package io.loda.agent.output.nsq;

import io.loda.agent.output.ClosedException;
import io.loda.agent.output.RefusedException;
import io.loda.agent.point.Message;
import io.loda.common.config.HostPort;
import io.loda.common.time.Backoff;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/** One nsqd, and the connection to it, which is opened again after it breaks. One event loop. */
final class NsqServer {

  private static final Logger LOG = LoggerFactory.getLogger(NsqServer.class);

  /** Matches the only answer of nsqd that tells its limit. */
  private static final Pattern TOO_BIG = Pattern.compile("too big \\d+ > (\\d+)");

  /** How long messages wait for a new server before they go to other servers. */
  private static final long CHANCE_MILLIS = 250;

  /** The longest pause while no server is ready; connecting takes a little, too. */
  private static final long HURRIED_MILLIS = 4_000;

  static final Duration FIRST_PAUSE = Duration.ofMillis(100);

  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(30);
  private static final Duration LONGEST_FOR_NAMES = Duration.ofSeconds(3);
  private static final Duration WARN_INTERVAL = Duration.ofMinutes(1);

  private final Vertx vertx;
  private final HostPort address;
  private final NsqConnector connector;
  private final Runnable onChange;
  private Backoff pause;
  private Set<String> tombstones = Set.of();
  private @Nullable NsqConnection connection;
  private boolean connecting;
  private boolean tried;
  private boolean late;
  private boolean closed;
  private long timer = -1;
  private long dueNanos;
  private volatile long maxMessageBytes = Long.MAX_VALUE;
  private String failure = "";
  private boolean warned;
  private long warnedNanos;

  /**
   * Doesn't connect yet.
   *
   * @param firstPause the back-off after the first failure
   * @param onChange called when the server becomes ready, and when it isn't ready any more
   */
  NsqServer(
      Vertx vertx,
      HostPort address,
      NsqConnector connector,
      Duration firstPause,
      Runnable onChange) {
    this.vertx = vertx;
    this.address = address;
    this.connector = connector;
    this.pause =
        Backoff.of(
            firstPause, firstPause.compareTo(LONGEST_PAUSE) > 0 ? firstPause : LONGEST_PAUSE);
    this.onChange = onChange;
  }

  HostPort address() {
    return address;
  }

  boolean isReady() {
    return connection != null;
  }

  boolean isConnecting() {
    return connecting;
  }

  /** Returns whether the first connection is being tried, only for a moment. */
  boolean isNew() {
    return connecting && !tried && !late;
  }

  /** Returns the address and why the server failed last; empty: it didn't. */
  String failure() {
    return failure;
  }

  /**
   * Returns the limit that the server told when it refused a message; unbounded until then. Any
   * thread.
   */
  long maxMessageBytes() {
    return maxMessageBytes;
  }

  /** Sets the topics with a tombstone: nsqlookupd keeps their consumers away from this server. */
  void tombstones(Set<String> topics) {
    tombstones = Set.copyOf(topics);
  }

  boolean takes(String topic) {
    return !tombstones.contains(topic);
  }

  void connect() {
    if (closed || connecting || connection != null) {
      return;
    }
    timer = -1;
    connecting = true;
    if (!tried && !late) {
      vertx.setTimer(
          CHANCE_MILLIS,
          unused -> {
            late = true;
            onChange.run();
          });
    }
    connector.connect(address).onSuccess(this::connected).onFailure(this::failed);
  }

  private void connected(NsqConnection established) {
    connecting = false;
    tried = true;
    if (closed) {
      established.close();
      return;
    }
    connection = established;
    established.onBroken(this::broken);
    if (connection != null) {
      onChange.run();
    }
  }

  private void broken(IOException reason) {
    connection = null;
    if (reason instanceof NsqError error && error.refusesMessage()) {
      // the server works, but it closes the connection after any error
      Matcher limit = TOO_BIG.matcher(error.words());
      if (limit.find()) {
        maxMessageBytes = Long.parseLong(limit.group(1));
      }
      connect();
      return;
    }
    failed(reason);
  }

  private void failed(Throwable reason) {
    connecting = false;
    tried = true;
    if (closed) {
      return;
    }
    // it may be restarted with another limit
    maxMessageBytes = Long.MAX_VALUE;
    String words = Reasons.of(reason);
    if (reason instanceof NsqError error && error.wantsTls()) {
      words += ": it requires TLS, see tls in the output's configuration";
    }
    Backoff now = within(pause, reason);
    pause = within(now.longer(), reason);
    long millis = now.spreadMillis();
    if (failure.isEmpty()) {
      warn(words, millis);
    }
    failure = address + ": " + words;
    connectIn(millis);
    onChange.run();
  }

  /** Bounds the back-off for an unknown name: looking it up again costs the server nothing. */
  static Backoff within(Backoff pause, Throwable reason) {
    return reason instanceof UnknownHostException ? pause.within(LONGEST_FOR_NAMES) : pause;
  }

  private void connectIn(long millis) {
    dueNanos = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
    timer = vertx.setTimer(Math.max(1, millis), unused -> connect());
  }

  /** Shortens a long back-off to a few seconds. */
  void hurry() {
    long left = TimeUnit.NANOSECONDS.toMillis(dueNanos - System.nanoTime());
    if (timer >= 0 && left > HURRIED_MILLIS) {
      vertx.cancelTimer(timer);
      // random, so that a fleet doesn't reconnect in step
      connectIn(HURRIED_MILLIS - ThreadLocalRandom.current().nextLong(HURRIED_MILLIS / 3));
    }
  }

  /**
   * Logs a warning, at most once a minute: a connection that breaks again and again doesn't flood
   * the log.
   */
  private void warn(String words, long retryMillis) {
    long now = System.nanoTime();
    boolean again = warned && now - warnedNanos < WARN_INTERVAL.toNanos();
    LOG.atLevel(again ? Level.DEBUG : Level.WARN)
        .log(
            "output {}: nsqd {}: connection failed, retrying in {} ms: {}",
            connector.output(),
            address,
            retryMillis,
            words);
    if (!again) {
      warned = true;
      warnedNanos = now;
    }
  }

  /**
   * Publishes a message; call it only when the server is ready. Fails as {@code Output.send} does.
   */
  Future<Void> publish(Message message) {
    NsqConnection current = connection;
    if (current == null) {
      return Future.failedFuture(new IOException(address + " isn't connected to"));
    }
    return current
        .request(NsqCommands.publish(message.topic(), message.body()))
        .compose(
            answer -> {
              works(current);
              return Future.<Void>succeededFuture();
            },
            e -> Future.failedFuture(failure(e)));
  }

  private Exception failure(Throwable e) {
    String words = "nsqd " + address + ": ";
    if (e instanceof NsqError error && error.refusesMessage()) {
      return new RefusedException(words + error.words());
    }
    return e instanceof ClosedException
        ? new ClosedException(words + e.getMessage())
        : new IOException(words + Reasons.of(e), e);
  }

  private void works(NsqConnection current) {
    if (closed && current.inFlight() == 0) {
      current.close();
    }
    pause = pause.anew();
    if (!failure.isEmpty()) {
      LOG.debug("output {}: nsqd {}: sending again", connector.output(), address);
      failure = "";
    }
  }

  /** Closes when all messages in flight are answered; no more messages are sent to it. */
  void retire() {
    closed = true;
    if (timer >= 0) {
      vertx.cancelTimer(timer);
    }
    if (connection != null && connection.inFlight() == 0) {
      connection.close();
    }
  }

  Future<Void> close() {
    closed = true;
    if (timer >= 0) {
      vertx.cancelTimer(timer);
    }
    return connection == null ? Future.succeededFuture() : connection.close();
  }
}
