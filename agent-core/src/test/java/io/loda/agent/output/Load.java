package io.loda.agent.output;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.loda.agent.point.Message;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Sends numbered messages as the publisher does: as many at once as the output takes, and after a
 * failure everything that isn't answered again, in order. Runs on the output's loop.
 */
public final class Load {

  public static final String TOPIC = "collect.load";

  private final Vertx vertx;
  private final OnLoop output;
  private final Context context;
  private final Duration pause;
  private final AtomicInteger taken = new AtomicInteger();
  private final AtomicInteger wanted = new AtomicInteger();
  private final List<String> refused = new CopyOnWriteArrayList<>();
  private final List<String> failures = new CopyOnWriteArrayList<>();
  private final TreeSet<Integer> again = new TreeSet<>();
  private int next;
  private int inFlight;
  private boolean pausing;

  Load(Vertx vertx, OnLoop output) {
    this(vertx, output, Duration.ofMillis(20));
  }

  /** With another pause after a failure. */
  Load(Vertx vertx, OnLoop output, Duration pause) {
    this.pause = pause;
    this.vertx = vertx;
    this.output = output;
    this.context = output.context();
  }

  /** Sends up to this many in all. */
  void upTo(int count) {
    wanted.set(count);
    context.runOnContext(unused -> sendOn());
  }

  /** Sends no others than it has begun with; how many they are. */
  int end() {
    CompletableFuture<Integer> begun = new CompletableFuture<>();
    context.runOnContext(
        unused -> {
          wanted.set(next);
          begun.complete(next);
        });
    return begun.join();
  }

  int taken() {
    return taken.get();
  }

  List<String> refused() {
    return refused;
  }

  List<String> failures() {
    return new ArrayList<>(failures);
  }

  private void sendOn() {
    while (!pausing && inFlight < output.maxInFlight()) {
      Integer first = again.pollFirst();
      if (first == null) {
        if (next >= wanted.get()) {
          return;
        }
        first = next++;
      }
      int id = first;
      inFlight++;
      output
          .direct()
          .send(new Message(TOPIC, Tally.body(id).getBytes(UTF_8), 1))
          .onComplete(
              result -> {
                inFlight--;
                if (result.succeeded()) {
                  taken.incrementAndGet();
                } else if (result.cause() instanceof RefusedException) {
                  refused.add(id + ": " + result.cause().getMessage());
                } else {
                  failures.add(String.valueOf(result.cause().getMessage()));
                  again.add(id);
                  pausing = true;
                }
                if (pausing && inFlight == 0) {
                  vertx.setTimer(
                      pause.toMillis(),
                      unused -> {
                        pausing = false;
                        sendOn();
                      });
                } else {
                  sendOn();
                }
              });
    }
  }
}
