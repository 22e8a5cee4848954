package io.loda.agent.output.nsq;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.loda.agent.output.ClosedException;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOption;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.internal.net.NetSocketInternal;
import io.vertx.core.net.ClientSSLOptions;
import io.vertx.core.net.NetSocket;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * A connection to one nsqd. Requests are written at once, and answered in order. It breaks as a
 * whole: after an error frame, when an answer or heartbeats don't arrive in time, and when the
 * server is no nsqd; nothing of it goes on then. One event loop.
 */
final class NsqConnection implements NsqFrames.Listener {

  static final Duration ANSWER_TIME = Duration.ofSeconds(5);

  private static final long CHECK_MILLIS = 500;
  private static final long LAST_WORDS_MILLIS = 500;
  private static final Buffer HEARTBEAT = Buffer.buffer("_heartbeat_");

  private final Vertx vertx;
  private final NetSocket socket;
  private final long timer;
  private final Deque<Request> unanswered = new ArrayDeque<>();
  private Handler<IOException> onBroken = e -> {};
  private Duration silence = Duration.ZERO;
  private long heardNanos = System.nanoTime();
  private long progressNanos = heardNanos;
  private @Nullable IOException broken;

  NsqConnection(Vertx vertx, NetSocket socket) {
    this.vertx = vertx;
    this.socket = socket;
    this.timer = vertx.setPeriodic(CHECK_MILLIS, unused -> check());
    readOnAfterAFailedWrite(socket);
    NsqFrames frames = new NsqFrames(this);
    socket.handler(frames);
    socket.exceptionHandler(e -> breakOff(closed(e)));
    socket.closeHandler(unused -> breakOff(new ClosedException("it closed the connection")));
  }

  /**
   * Keeps reading after a failed write: nsqd closes the connection before it has read a message
   * that is too large. The write fails then, but the reason is in nsqd's answer.
   */
  private static void readOnAfterAFailedWrite(NetSocket socket) {
    ((NetSocketInternal) socket).channelHandlerContext().channel().config().setAutoClose(false);
  }

  /** Sets what is called once when the connection breaks, before the unanswered requests fail. */
  void onBroken(Handler<IOException> handler) {
    if (broken == null) {
      onBroken = handler;
    } else {
      handler.handle(broken);
    }
  }

  /** Makes the connection break if nothing is received for two intervals from now on. */
  void expectHeartbeats(Duration interval) {
    silence = interval.multipliedBy(2);
  }

  /**
   * Sends a request; succeeds with nsqd's answer, fails with {@link NsqError} if that is an error.
   */
  Future<Buffer> request(Buffer command) {
    Request request = new Request();
    Future<Buffer> answer = add(request);
    if (broken == null) {
      socket
          .write(command)
          .onSuccess(
              unused -> {
                request.written = true;
                progressNanos = System.nanoTime();
              })
          .onFailure(this::writeFailed);
    }
    return answer;
  }

  /** Returns the error of a closed connection; a reset counts as closed. */
  private static IOException closed(Throwable reason) {
    return reason instanceof IOException && !(reason instanceof SSLException)
        ? new ClosedException(Reasons.of(reason))
        : new IOException(Reasons.of(reason), reason);
  }

  private void writeFailed(Throwable reason) {
    if (broken == null) {
      // until then its answer, or the end of the connection, is read
      vertx.setTimer(LAST_WORDS_MILLIS, unused -> breakOff(closed(reason)));
    }
  }

  /** Starts TLS; nsqd answers OK without a request. */
  Future<Buffer> secure(ClientSSLOptions options, @Nullable String serverName) {
    Request request = new Request();
    request.written = true;
    Future<Buffer> answer = add(request);
    return socket.upgradeToSsl(options, serverName).compose(unused -> answer);
  }

  int inFlight() {
    return unanswered.size();
  }

  Future<Void> close() {
    breakOff(new IOException("closed"));
    return socket.close();
  }

  private Future<Buffer> add(Request request) {
    if (broken != null) {
      return Future.failedFuture(broken);
    }
    if (unanswered.isEmpty()) {
      progressNanos = System.nanoTime();
    }
    unanswered.add(request);
    return request.answer.future();
  }

  @Override
  public void frame(int type, Buffer data) {
    heardNanos = System.nanoTime();
    if (broken != null) {
      return;
    }
    if (type == NsqFrames.RESPONSE && data.equals(HEARTBEAT)) {
      socket.write(NsqCommands.nop());
      return;
    }
    Request request = unanswered.poll();
    if (type == NsqFrames.ERROR) {
      NsqError error = new NsqError(data.toString(UTF_8));
      breakOff(error, request);
    } else if (request == null) {
      garbage("it sent something unexpected: is it an nsqd?");
    } else {
      progressNanos = heardNanos;
      request.answer.complete(data);
    }
  }

  @Override
  public void garbage(String reason) {
    breakOff(new IOException(reason));
  }

  /**
   * Checks the time-outs. The time for an answer runs from the answer before, or from when the
   * request was written: a large message may take long on a slow line.
   */
  private void check() {
    long now = System.nanoTime();
    Request oldest = unanswered.peek();
    if (oldest != null && oldest.written && now - progressNanos > ANSWER_TIME.toNanos()) {
      breakOff(new IOException("no answer within " + ANSWER_TIME.toMillis() + " ms"));
    } else if (!silence.isZero() && now - heardNanos > silence.toNanos()) {
      breakOff(new IOException("no heartbeat for " + silence.toMillis() + " ms"));
    }
  }

  private void breakOff(IOException reason) {
    breakOff(reason, null);
  }

  private void breakOff(IOException reason, @Nullable Request culprit) {
    if (broken != null) {
      return;
    }
    broken = reason;
    vertx.cancelTimer(timer);
    cut();
    onBroken.handle(reason);
    if (culprit != null) {
      culprit.answer.fail(reason);
    }
    IOException others =
        reason instanceof NsqError
            ? new IOException("it closed the connection after " + reason.getMessage(), reason)
            : reason;
    while (!unanswered.isEmpty()) {
      unanswered.remove().answer.fail(others);
    }
  }

  /**
   * Ends the connection at once: Vert.x itself closes it only after all is written, so never if the
   * server doesn't read. With requests unanswered it is reset, as they will be sent again.
   */
  private void cut() {
    ChannelHandlerContext handler = ((NetSocketInternal) socket).channelHandlerContext();
    if (!unanswered.isEmpty() && handler.channel().isOpen()) {
      handler.channel().config().setOption(ChannelOption.SO_LINGER, 0);
    }
    ChannelFuture unused = handler.close();
  }

  private static final class Request {
    private final Promise<Buffer> answer = Promise.promise();
    private boolean written;
  }
}
