package io.loda.server.store;

import static io.loda.server.metric.Metric.counter;
import static io.loda.server.metric.Metric.gauge;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.loda.server.metric.BadMetric;
import io.loda.server.metric.Batch;
import io.loda.server.metric.Kind;
import io.loda.server.metric.Metric;
import io.loda.server.metric.MetricId;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What every store does. */
public abstract class MetricStoreContract {

  @SuppressWarnings("NullAway.Init")
  private MetricStore store;

  /** Returns an empty store that isn't open yet. */
  protected abstract MetricStore create() throws Exception;

  @BeforeEach
  void open() throws Exception {
    store = create();
    await(store.open());
  }

  @AfterEach
  void close() {
    await(store.close());
  }

  protected final MetricStore store() {
    return store;
  }

  @Test
  void replacesGaugesAndAddsToCounters() {
    assertThat(update(gauge("load", 1.5), counter("polls", 3)))
        .containsExactly(gauge("load", 1.5), counter("polls", 3));
    assertThat(update(gauge("load", -2), counter("polls", -5)))
        .containsExactly(gauge("load", -2), counter("polls", -2));
    assertThat(find(Kind.COUNTER, "polls")).isEqualTo(counter("polls", -2));
    assertThat(find(Kind.GAUGE, "polls")).isNull();
  }

  @Test
  void theSameNameMayBeAGaugeAndACounter() {
    update(gauge("a", 1), counter("a", 2));
    update(counter("a", 2));

    assertThat(find(Kind.GAUGE, "a")).isEqualTo(gauge("a", 1));
    assertThat(find(Kind.COUNTER, "a")).isEqualTo(counter("a", 4));
  }

  @Test
  void keepsEachOf64Bits() {
    for (double value :
        new double[] {-0.0, Double.MIN_VALUE, Double.MAX_VALUE, 0.1 + 0.2, 1e21, -1e-7}) {
      update(gauge("bits", value));
      assertThat(find(Kind.GAUGE, "bits")).isEqualTo(gauge("bits", value));
    }
    update(counter("large", Long.MAX_VALUE));
    update(counter("small", Long.MIN_VALUE));
    assertThat(find(Kind.COUNTER, "large")).isEqualTo(counter("large", Long.MAX_VALUE));
    assertThat(find(Kind.COUNTER, "small")).isEqualTo(counter("small", Long.MIN_VALUE));
  }

  @Test
  void anOverflowChangesNothingOfItsBatch() {
    update(gauge("a", 1), counter("full", Long.MAX_VALUE));

    assertThatThrownBy(() -> update(gauge("a", 2), counter("new", 1), counter("full", 1)))
        .hasCauseInstanceOf(BadMetric.class)
        .hasMessageContaining("full");
    assertThat(find(Kind.GAUGE, "a")).isEqualTo(gauge("a", 1));
    assertThat(find(Kind.COUNTER, "new")).isNull();
    assertThat(find(Kind.COUNTER, "full")).isEqualTo(counter("full", Long.MAX_VALUE));
  }

  @Test
  void aKeyThatIsKnownGetsTheFirstAnswerAndChangesNothing() {
    List<Metric> first = update("key-1", counter("a", 1), gauge("b", 2));
    update("key-2", counter("a", 1), gauge("b", 3));

    assertThat(update("key-1", counter("a", 1), gauge("b", 2))).isEqualTo(first);
    assertThat(update("key-1", counter("other", 7))).isEqualTo(first);
    assertThat(find(Kind.COUNTER, "a")).isEqualTo(counter("a", 2));
    assertThat(find(Kind.GAUGE, "b")).isEqualTo(gauge("b", 3));
    assertThat(find(Kind.COUNTER, "other")).isNull();
  }

  @Test
  void aKeyWhoseRequestWasRefusedIsNotKnown() {
    update(counter("full", Long.MAX_VALUE));
    assertThatThrownBy(() -> update("key", counter("full", 1))).hasCauseInstanceOf(BadMetric.class);

    assertThat(update("key", counter("full", -1)))
        .containsExactly(counter("full", Long.MAX_VALUE - 1));
  }

  @Test
  void takesNamesAsTheyAre() {
    List<String> names =
        List.of("'; DROP TABLE metrics; --", "<b>\"&", "größe 雪 𝄞", "%d\\n", "a/b", " a", "null");
    names.forEach(name -> update(counter(name, 1)));
    names.forEach(name -> update(counter(name, 1)));

    names.forEach(
        name -> assertThat(find(Kind.COUNTER, name)).as(name).isEqualTo(counter(name, 2)));
  }

  @Test
  void listsByNameAndInPages() {
    update(gauge("c", 3), counter("b", 2), gauge("b", 1), gauge("a", 0), gauge("B", 9));

    List<MetricStore.Listed> all = await(store.list(null, 100));
    assertThat(all)
        .extracting(MetricStore.Listed::metric)
        .containsExactly(
            gauge("B", 9), gauge("a", 0), gauge("b", 1), counter("b", 2), gauge("c", 3));
    List<Metric> paged = new ArrayList<>();
    MetricId after = null;
    while (true) {
      List<MetricStore.Listed> page = await(store.list(after, 2));
      if (page.isEmpty()) {
        break;
      }
      assertThat(page).hasSizeLessThanOrEqualTo(2);
      page.forEach(listed -> paged.add(listed.metric()));
      after = page.get(page.size() - 1).metric().id();
    }
    assertThat(paged).isEqualTo(all.stream().map(MetricStore.Listed::metric).toList());
  }

  /** Not as people sort, and not as Java's strings do, so that all stores agree. */
  @Test
  void sortsNamesByCodePoint() {
    List<String> sorted =
        List.of(" a", "A", "B", "_", "a", "a b", "ab", "z", "é", "～", "𝄞", "𝄞a");
    sorted.stream().sorted(Comparator.reverseOrder()).forEach(name -> update(counter(name, 1)));

    assertThat(await(store.list(null, 100)))
        .extracting(listed -> listed.metric().id().name())
        .isEqualTo(sorted);
    assertThat(await(store.list(new MetricId(Kind.COUNTER, "～"), 1)))
        .extracting(listed -> listed.metric().id().name())
        .containsExactly("𝄞");
  }

  /** Batches with the same names in other orders, from many at once. */
  @Test
  void manyAtOnceCountEachOnce() {
    int requests = 200;
    List<Future<List<Metric>>> all =
        IntStream.range(0, requests)
            .parallel()
            .mapToObj(
                i ->
                    store.update(
                        Batch.of(
                            i % 2 == 0
                                ? List.of(counter("x", 1), counter("y", 1), gauge("g", i))
                                : List.of(gauge("g", i), counter("y", 1), counter("x", 1)),
                            i % 3 == 0 ? "key-" + i : null)))
            .toList();
    all.forEach(MetricStoreContract::await);

    assertThat(find(Kind.COUNTER, "x")).isEqualTo(counter("x", requests));
    assertThat(find(Kind.COUNTER, "y")).isEqualTo(counter("y", requests));
  }

  @Test
  void takesALargeBatch() {
    List<Metric> many =
        IntStream.range(0, 20_000).mapToObj(i -> counter("metric-" + i, i)).toList();

    assertThat(await(store.update(Batch.of(many, null)))).hasSize(many.size());
    assertThat(await(store.update(Batch.of(many, null))).get(19_999))
        .isEqualTo(counter("metric-19999", 2 * 19_999));
  }

  @Test
  void answersAPing() {
    await(store.ping());
  }

  protected final List<Metric> update(Metric... metrics) {
    return update(null, metrics);
  }

  protected final List<Metric> update(@Nullable String key, Metric... metrics) {
    return await(store.update(Batch.of(List.of(metrics), key)));
  }

  protected final @Nullable Metric find(Kind kind, String name) {
    return await(store.find(new MetricId(kind, name))).orElse(null);
  }

  /**
   * Waits a minute at most.
   *
   * @throws CompletionException with the cause that a future failed with
   */
  protected static <T> T await(Future<T> future) {
    return future.toCompletionStage().toCompletableFuture().orTimeout(60, TimeUnit.SECONDS).join();
  }
}
