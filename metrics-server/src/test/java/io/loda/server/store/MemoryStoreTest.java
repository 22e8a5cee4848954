package io.loda.server.store;

import static io.loda.server.metric.Metric.counter;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.loda.server.metric.Batch;
import io.loda.server.metric.Kind;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

class MemoryStoreTest extends MetricStoreContract {

  private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");

  @Override
  protected MetricStore create() {
    return new MemoryStore(64 << 20, 16 << 20, Clock.systemUTC());
  }

  @Test
  void forgetsAKeyAfterTenMinutes() {
    StoredMetrics metrics = new StoredMetrics(1 << 20, 1 << 20);
    Batch batch = Batch.of(List.of(counter("a", 1)), "key");
    metrics.apply(batch, NOW);

    Instant later = NOW.plus(MetricStore.KEYS_KEPT);
    assertThat(metrics.apply(batch, later.minusMillis(1)).answer())
        .containsExactly(counter("a", 1));
    assertThat(metrics.apply(batch, later).answer()).containsExactly(counter("a", 2));
  }

  @Test
  void refusesNamesForWhichThereIsNoRoomAndStillTakesThoseThatAreThere() {
    StoredMetrics metrics = new StoredMetrics(1_000, 1 << 20);
    Batch known = Batch.of(List.of(counter("known", 1)), null);
    metrics.apply(known, NOW);

    assertThatThrownBy(
            () -> {
              for (int i = 0; i < 10; i++) {
                metrics.apply(Batch.of(List.of(counter("new-" + i, 1)), null), NOW);
              }
            })
        .isInstanceOf(StoreUnavailable.class)
        .hasMessageContaining("full");
    assertThat(metrics.apply(known, NOW).answer()).containsExactly(counter("known", 2));
  }

  @Test
  void forgetsTheOldestKeysWhereThereIsNoRoomForAll() {
    StoredMetrics metrics = new StoredMetrics(1 << 20, 1_000);
    for (int i = 0; i < 100; i++) {
      metrics.apply(Batch.of(List.of(counter("a", 1)), "key-" + i), NOW.plus(Duration.ofMillis(i)));
    }

    assertThat(metrics.apply(Batch.of(List.of(counter("a", 1)), "key-99"), NOW).answer())
        .containsExactly(counter("a", 100));
    assertThat(metrics.apply(Batch.of(List.of(counter("a", 1)), "key-0"), NOW).answer())
        .containsExactly(counter("a", 101));
  }

  @Test
  void whatIsTakenBackIsAsBefore() {
    StoredMetrics metrics = new StoredMetrics(1 << 20, 1 << 20);
    metrics.apply(Batch.of(List.of(counter("a", 1)), null), NOW);
    Batch batch = Batch.of(List.of(counter("a", 1), counter("b", 1)), "key");

    metrics.apply(batch, NOW).undo().run();

    assertThat(metrics.size()).isEqualTo(1);
    assertThat(metrics.apply(batch, NOW).answer())
        .containsExactly(counter("a", 2), counter("b", 1));
    assertThat(metrics.find(counter("b", 0).id()).orElseThrow().id().kind())
        .isEqualTo(Kind.COUNTER);
  }
}
