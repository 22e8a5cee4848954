package io.loda.agent.output;

import io.loda.agent.point.Message;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.internal.VertxInternal;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import java.util.stream.Stream;

/** Calls an output as the publisher does: from one event loop. */
public final class OnLoop implements Output {

  private final Output output;
  private final Context context;

  OnLoop(Vertx vertx, Output output) {
    this.output = output;
    this.context = ((VertxInternal) vertx).createEventLoopContext();
  }

  private <T> Future<T> call(Supplier<Future<T>> action) {
    Promise<T> result = Promise.promise();
    context.runOnContext(unused -> action.get().onComplete(result));
    return result.future();
  }

  /** Completes when the loop gets to it. */
  public CompletableFuture<Void> turn() {
    CompletableFuture<Void> turned = new CompletableFuture<>();
    context.runOnContext(unused -> turned.complete(null));
    return turned;
  }

  /** For who is on the loop already. */
  Output direct() {
    return output;
  }

  Context context() {
    return context;
  }

  @Override
  public Future<Void> start() {
    return call(output::start);
  }

  @Override
  public Future<Void> send(Message message) {
    return call(() -> output.send(message));
  }

  /** In one turn of the loop, so that no answer comes between two of them. */
  List<Future<Void>> sendTogether(Message... messages) {
    List<Promise<Void>> answers = Stream.of(messages).map(m -> Promise.<Void>promise()).toList();
    context.runOnContext(
        unused -> {
          for (int i = 0; i < messages.length; i++) {
            output.send(messages[i]).onComplete(answers.get(i));
          }
        });
    return answers.stream().map(Promise::future).toList();
  }

  @Override
  public long maxMessageBytes() {
    return output.maxMessageBytes();
  }

  @Override
  public int maxInFlight() {
    return output.maxInFlight();
  }

  @Override
  public Future<Void> close() {
    return call(output::close);
  }

  public static <T> T get(Future<T> future) {
    return future.toCompletionStage().toCompletableFuture().join();
  }
}
