package io.loda.agent.registry;

import static org.assertj.core.api.Assertions.fail;

import io.vertx.core.Future;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Waits for a future on a test's thread. */
public final class Futures {

  private static final long SECONDS = 60;

  private Futures() {}

  public static <T> T await(Future<T> future) throws Exception {
    return future.toCompletionStage().toCompletableFuture().get(SECONDS, TimeUnit.SECONDS);
  }

  /** What a future fails with. */
  public static Throwable failure(Future<?> future) throws InterruptedException, TimeoutException {
    try {
      Object result =
          future.toCompletionStage().toCompletableFuture().get(SECONDS, TimeUnit.SECONDS);
      return fail("expected a failure, found " + result);
    } catch (ExecutionException e) {
      return e.getCause() == null ? e : e.getCause();
    }
  }
}
