package io.loda.common.http;

import io.loda.common.telemetry.MemoryBudget;
import io.vertx.core.Vertx;
import io.vertx.core.WorkerExecutor;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.ext.web.RoutingContext;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Reads posted bodies within a share of memory. A body that is too large, too slow or finds no
 * memory is refused as soon as that is known. On the server's event loop.
 */
public final class Bodies {

  private static final String KEY = "body";

  /** The largest packed body that is unpacked on the event loop; it may grow a thousandfold. */
  private static final int SMALL_BYTES = 1024;

  /** The most bodies that wait to be unpacked; one takes a tenth of a second or more. */
  private static final int MOST_PACKED = 64;

  /** A body is slow after this fraction of the patience. */
  private static final int SLOW_PART = 6;

  /** The slowest rate that is accepted once a body is slow. */
  private static final long LEAST_BYTES_A_SECOND = 8 * 1024;

  private static final long SECOND = 1_000_000_000L;

  private final MemoryBudget.Share share;
  private final long maxBytes;
  private final WorkerExecutor worker;
  private final long patienceNanos;
  private final LongSupplier nanoTime;

  private Consumer<RoutingContext> packedLook = unused -> {};
  private int packed;

  /** The bodies being read, oldest first. */
  private final Set<Incoming> incoming = new LinkedHashSet<>();

  /**
   * Creates it without any bodies.
   *
   * @param patience how long receiving a body may take
   */
  public Bodies(
      MemoryBudget.Share share,
      long maxBytes,
      WorkerExecutor worker,
      Duration patience,
      LongSupplier nanoTime) {
    this.share = share;
    this.maxBytes = maxBytes;
    this.worker = worker;
    this.patienceNanos = patience.toNanos();
    this.nanoTime = nanoTime;
  }

  /** Sets what is called with a packed body when it is complete, before it is unpacked. */
  public Bodies seenPacked(Consumer<RoutingContext> look) {
    packedLook = look;
    return this;
  }

  public void start(Vertx vertx) {
    vertx.setPeriodic(Math.max(1, patienceNanos / 16_000_000), unused -> refuseSlow());
  }

  public static Body of(RoutingContext call) {
    return call.get(KEY);
  }

  /**
   * Reads a call's body, and continues the call when the body is complete.
   *
   * @throws BadCall when the body is refused without reading it
   */
  public void read(RoutingContext call) {
    HttpServerRequest request = call.request();
    long length = announced(request);
    if (length > maxBytes) {
      throw Body.tooLarge();
    }
    ContentCoding coding = ContentCoding.named(encoding(request));
    Body body = new Body(share, maxBytes, length);
    Incoming now = new Incoming(call, body, coding);
    call.put(KEY, body);
    call.addEndHandler(unused -> now.over());
    incoming.add(now);
    request.handler(now::more).exceptionHandler(now::broken).endHandler(unused -> now.whole());
    if ("100-continue".equalsIgnoreCase(request.getHeader("Expect"))) {
      call.response().writeContinue();
    }
  }

  /** Returns all values of the header as one, as a proxy may put them together. */
  private static @Nullable String encoding(HttpServerRequest request) {
    String first = request.getHeader("Content-Encoding");
    return first == null ? null : String.join(",", request.headers().getAll("Content-Encoding"));
  }

  /** Returns the length that the client announced; 0 if it announced none. */
  public static long announced(HttpServerRequest request) {
    String length = request.getHeader("Content-Length");
    return length != null && length.matches("[0-9]{1,18}") ? Long.parseLong(length) : 0;
  }

  private void refuseSlow() {
    long now = nanoTime.getAsLong();
    List.copyOf(incoming).forEach(body -> body.checkPace(now));
  }

  private final class Incoming {

    private final RoutingContext call;
    private final Body body;
    private final ContentCoding coding;
    private final long since = nanoTime.getAsLong();
    private volatile boolean over;

    Incoming(RoutingContext call, Body body, ContentCoding coding) {
      this.call = call;
      this.body = body;
      this.coding = coding;
    }

    void more(Buffer chunk) {
      if (incoming.contains(this)) {
        try {
          append(chunk);
        } catch (BadCall e) {
          refuse(e);
        }
      }
    }

    /**
     * Slow bodies must not keep all others out: while there is no memory, refuses the oldest slow
     * one.
     */
    private void append(Buffer chunk) {
      while (true) {
        try {
          body.append(chunk);
          return;
        } catch (BadCall e) {
          Incoming oldest = incoming.iterator().next();
          if (e.retryAfterSeconds() == 0 || oldest == this || !oldest.isSlow()) {
            throw e;
          }
          oldest.refuse(Body.full());
        }
      }
    }

    private boolean isSlow() {
      return nanoTime.getAsLong() - since > patienceNanos / SLOW_PART;
    }

    void checkPace(long now) {
      long taken = now - since;
      long counted = taken - patienceNanos / SLOW_PART;
      if (taken > patienceNanos || body.length() < counted * LEAST_BYTES_A_SECOND / SECOND) {
        refuse(
            new BadCall(
                408,
                "body: expected at least "
                    + LEAST_BYTES_A_SECOND
                    + " bytes a second, and its end within "
                    + Duration.ofNanos(patienceNanos).toSeconds()
                    + " s, found "
                    + body.length()
                    + " bytes in "
                    + Duration.ofNanos(taken).toSeconds()
                    + " s"));
      }
    }

    /** Fails the call: the body isn't valid HTTP, and nothing else answers that. */
    void broken(Throwable cause) {
      over();
      if (!call.response().ended()) {
        call.fail(new BadCall("body: expected it whole, found " + cause.getMessage()));
      }
    }

    private void refuse(BadCall why) {
      over();
      call.fail(why);
    }

    void whole() {
      if (!incoming.remove(this)) {
        return;
      }
      if (coding == ContentCoding.IDENTITY) {
        call.next();
        return;
      }
      packedLook.accept(call);
      if (body.length() <= SMALL_BYTES) {
        try {
          body.inflate(coding);
        } catch (BadCall e) {
          refuse(e);
          return;
        }
        call.next();
      } else if (packed >= MOST_PACKED) {
        refuse(Body.full());
      } else {
        packed++;
        body.hold();
        worker
            .executeBlocking(
                () -> {
                  // the client may be gone meanwhile
                  if (!over) {
                    body.inflate(coding);
                  }
                  return body;
                },
                false)
            .onComplete(
                done -> {
                  packed--;
                  body.release();
                  if (done.failed()) {
                    call.fail(done.cause());
                  } else if (!over) {
                    call.next();
                  }
                });
      }
    }

    /** Releases the body when the call doesn't need it any more. */
    void over() {
      incoming.remove(this);
      if (!over) {
        over = true;
        body.release();
      }
    }
  }
}
