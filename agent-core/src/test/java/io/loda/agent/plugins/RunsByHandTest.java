package io.loda.agent.plugins;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class RunsByHandTest {

  private long nanos = 1;
  private final RunsByHand runs = new RunsByHand(2, () -> nanos);

  @Test
  void oneMoreThanMayIsToldWhenToTryAgain() {
    Promise<Void> first = Promise.promise();
    Promise<Void> second = Promise.promise();
    runs.run(Duration.ofMinutes(5), first::future);
    nanos += TimeUnit.SECONDS.toNanos(10);
    runs.run(Duration.ofSeconds(20), second::future);

    assertThatThrownBy(() -> runs.run(Duration.ofSeconds(1), Future::succeededFuture))
        .isInstanceOfSatisfying(
            PluginCallException.class,
            e -> {
              assertThat(e.reason()).isEqualTo(PluginCallException.Reason.BUSY);
              assertThat(e.retryAfterSeconds()).as("of the one that ends first").isEqualTo(25);
              assertThat(e)
                  .hasMessageContaining("plugins.max-by-hand")
                  .hasMessageContaining("25 s");
            });

    second.complete();
    assertThat(runs.run(Duration.ofSeconds(1), Future::succeededFuture).succeeded()).isTrue();
    first.fail("x");
    runs.run(Duration.ofSeconds(1), () -> Promise.<Void>promise().future());
    runs.run(Duration.ofSeconds(1), () -> Promise.<Void>promise().future());
  }

  @Test
  void oneThatCannotBeginTakesNoPlace() {
    for (int i = 0; i < 3; i++) {
      assertThat(
              runs.<Void>run(
                      Duration.ofMinutes(5),
                      () -> {
                        throw new IllegalStateException("not ready");
                      })
                  .cause())
          .hasMessage("not ready");
    }
    assertThat(runs.run(Duration.ofSeconds(1), Future::succeededFuture).succeeded()).isTrue();
  }
}
