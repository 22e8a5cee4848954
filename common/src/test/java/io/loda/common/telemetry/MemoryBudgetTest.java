package io.loda.common.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class MemoryBudgetTest {

  private final MemoryBudget budget = new MemoryBudget(10 << 20);

  @Test
  void aShareGivesWhatItHasAndNoMore() {
    MemoryBudget.Share share = budget.share("bodies", 100);
    assertThat(share.tryTake(60)).isTrue();
    assertThat(share.tryTake(41)).isFalse();
    assertThat(share.usedBytes()).isEqualTo(60);
    assertThat(share.tryTake(40)).isTrue();
    share.give(60);
    assertThat(share.usedBytes()).isEqualTo(40);
    assertThat(share.tryTake(Long.MAX_VALUE)).isFalse();
  }

  @Test
  void oneShareTakesNothingOfAnother() {
    MemoryBudget.Share one = budget.share("one", 10);
    MemoryBudget.Share other = budget.share("other", 10);
    assertThat(one.tryTake(10)).isTrue();
    assertThat(other.tryTake(10)).isTrue();
    assertThat(budget.shares()).containsExactly(one, other);
  }

  @Test
  void manyThreadsNeverHaveMoreThanTheCap() throws InterruptedException {
    MemoryBudget.Share share = budget.share("bodies", 100);
    AtomicLong held = new AtomicLong();
    AtomicLong most = new AtomicLong();
    CountDownLatch done = new CountDownLatch(4);
    ExecutorService threads = Executors.newFixedThreadPool(4);
    for (int thread = 0; thread < 4; thread++) {
      int bytes = 20 + thread * 7;
      threads.execute(
          () -> {
            for (int i = 0; i < 20_000; i++) {
              if (share.tryTake(bytes)) {
                most.accumulateAndGet(held.addAndGet(bytes), Math::max);
                held.addAndGet(-bytes);
                share.give(bytes);
              }
            }
            done.countDown();
          });
    }
    assertThat(done.await(60, TimeUnit.SECONDS)).isTrue();
    threads.shutdown();
    assertThat(most.get()).isPositive().isLessThanOrEqualTo(100);
    assertThat(share.usedBytes()).isZero();
  }

  @Test
  void saysWhichSharesDoNotFitTogetherAndWhatToLower() {
    budget.share("fixed", 4 << 20);
    budget.share("delivery q", 6 << 20, "delivery.memory");
    assertThat(budget.problem("do this")).isEmpty();
    assertThat(budget.leftBytes()).isZero();
    budget.share("bodies", 1);
    assertThat(budget.problem("do this"))
        .hasValueSatisfying(
            text ->
                assertThat(text)
                    .contains("the heap of 10 MiB, found 11 MiB")
                    .endsWith(
                        "delivery q 6 MiB (delivery.memory), fixed 4 MiB, bodies 1 MiB; do this"));
  }
}
