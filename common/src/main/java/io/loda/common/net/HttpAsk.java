package io.loda.common.net;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.loda.common.config.HostPort;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.MultiMap;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.PoolOptions;
import io.vertx.core.http.RequestOptions;
import io.vertx.core.net.SocketAddress;
import java.io.IOException;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Sends HTTP requests, with a time-out and a bound on the answer's size.
 *
 * <p>{@link HostLookup} looks up the server's name, and the connection goes to that address; the
 * Host header and TLS keep the name. With several addresses, one is used until a request to it
 * fails for any reason; then the next one is used. A failed request leaves no connection behind.
 */
public final class HttpAsk {

  /** An answer of any status. */
  public static final class Answer {

    private final int status;
    private final MultiMap headers;
    private final byte[] body;

    Answer(int status, MultiMap headers, byte[] body) {
      this.status = status;
      this.headers = headers;
      this.body = body;
    }

    public int status() {
      return status;
    }

    /** Returns a header; null if it is missing. */
    public @Nullable String header(String name) {
      return headers.get(name);
    }

    /** Returns the body; the array isn't shared. */
    public byte[] body() {
      return body;
    }

    public String text() {
      return new String(body, UTF_8);
    }
  }

  /** An answer exceeds the limit. */
  public static final class TooLargeException extends IOException {

    private static final long serialVersionUID = 1;

    TooLargeException(long maxBytes) {
      super("expected at most " + maxBytes + " bytes, found more");
    }
  }

  private static final int FIRST_BYTES = 4 * 1024;

  private final Vertx vertx;
  private final HostLookup names;
  private final Duration time;
  private final long maxBytes;
  private final HttpClient client;
  private final Map<HostPort, AtomicInteger> turns = new ConcurrentHashMap<>();

  /**
   * Doesn't connect yet.
   *
   * @param time for a whole request, including look-up and connecting
   * @param maxBytes of an answer's body, which is never unpacked
   * @param connections the most to one server at once
   */
  public HttpAsk(Vertx vertx, HostLookup names, Duration time, long maxBytes, int connections) {
    this.vertx = vertx;
    this.names = names;
    this.time = time;
    this.maxBytes = maxBytes;
    this.client =
        vertx.createHttpClient(
            new HttpClientOptions()
                .setConnectTimeout((int) Math.min(time.toMillis(), Integer.MAX_VALUE))
                // a packed body may grow a thousandfold when it is unpacked
                .setDecompressionSupported(false),
            new PoolOptions().setHttp1MaxSize(connections));
  }

  /**
   * Sends a request; the options name host and port. Fails with TimeoutException at the time-out.
   * Any thread; completes on the caller's event loop if there is one.
   */
  public Future<Answer> ask(RequestOptions options, @Nullable Buffer body) {
    One one = new One(new RequestOptions(options).setConnectTimeout(time.toMillis()), body);
    // the handlers run where the request is made, so that no part of the answer is missed
    Context context = vertx.getOrCreateContext();
    context.runOnContext(unused -> one.start());
    return one.answer.future();
  }

  public Future<Void> close() {
    return client.close();
  }

  private final class One {

    private final Promise<Answer> answer = Promise.promise();
    private final RequestOptions options;
    private final @Nullable Buffer sent;
    private final HostPort server;
    private final AtomicInteger turn;
    private int mine;
    private @Nullable HttpClientRequest request;

    One(RequestOptions options, @Nullable Buffer sent) {
      this.options = options;
      this.sent = sent;
      this.server = new HostPort(options.getHost(), options.getPort());
      this.turn = turns.computeIfAbsent(server, unused -> new AtomicInteger());
    }

    void start() {
      long timer =
          vertx.setTimer(
              Math.max(1, time.toMillis()),
              unused -> answer.tryFail(new TimeoutException("no answer within " + time)));
      answer
          .future()
          .onComplete(
              result -> {
                vertx.cancelTimer(timer);
                if (result.failed()) {
                  failed();
                }
              });
      // an exception of the client becomes a failure like any other
      names.findAll(server).compose(this::connect).compose(this::send).onFailure(answer::tryFail);
    }

    private void failed() {
      // requests in parallel that fail at the same address switch only once
      turn.compareAndSet(mine, mine + 1);
      if (request != null) {
        request.reset();
      }
    }

    private Future<HttpClientRequest> connect(List<SocketAddress> all) {
      mine = turn.get();
      SocketAddress found = all.get(Math.floorMod(mine, all.size()));
      // without its name, which the client would look up again
      SocketAddress nameless = SocketAddress.inetSocketAddress(found.port(), found.hostAddress());
      return client.request(options.setServer(nameless));
    }

    private Future<?> send(HttpClientRequest made) {
      request = made;
      if (answer.future().isComplete()) {
        made.reset();
        return Future.succeededFuture();
      }
      made.exceptionHandler(answer::tryFail);
      made.response().onSuccess(this::read).onFailure(answer::tryFail);
      return sent == null ? made.send() : made.send(sent);
    }

    private void read(HttpClientResponse response) {
      Whole body = new Whole(response.getHeader("Content-Length"));
      response.exceptionHandler(answer::tryFail);
      response.handler(
          chunk -> {
            if (!answer.future().isComplete() && !body.add(chunk)) {
              answer.tryFail(new TooLargeException(maxBytes));
            }
          });
      response.endHandler(
          unused ->
              answer.tryComplete(
                  new Answer(response.statusCode(), response.headers(), body.bytes())));
    }
  }

  /** A body in one array, allocated in its final size if that is known. */
  private final class Whole {

    private byte[] bytes;
    private int length;

    Whole(@Nullable String announced) {
      boolean known = announced != null && announced.matches("[0-9]{1,9}");
      this.bytes =
          new byte[known ? (int) Math.min(maxBytes, Long.parseLong(announced)) : FIRST_BYTES];
    }

    /** Appends a chunk; returns false if that exceeds the limit. */
    boolean add(Buffer chunk) {
      long needed = (long) length + chunk.length();
      if (needed > maxBytes) {
        bytes = new byte[0];
        return false;
      }
      if (needed > bytes.length) {
        bytes = Arrays.copyOf(bytes, (int) Math.min(maxBytes, Math.max(needed, 2L * bytes.length)));
      }
      chunk.getBytes(bytes, length);
      length += chunk.length();
      return true;
    }

    byte[] bytes() {
      return length == bytes.length ? bytes : Arrays.copyOf(bytes, length);
    }
  }
}
