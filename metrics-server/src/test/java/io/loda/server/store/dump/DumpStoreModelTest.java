package io.loda.server.store.dump;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import io.loda.server.metric.Batch;
import io.loda.server.metric.Metric;
import io.loda.server.metric.MetricId;
import io.loda.server.store.StoreUnavailable;
import io.vertx.core.Future;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.slf4j.LoggerFactory;

/**
 * Random requests, on a disk that fails, in a process that is killed and a host whose power is cut
 * after any of the disk's calls, against a map. Each request adds 1 to a counter and sets a gauge
 * to its number, so that no two states are the same.
 *
 * <p>Other seeds: {@code -Dmodel.seed=N}.
 */
class DumpStoreModelTest {

  private static final Logger LOG =
      (Logger) LoggerFactory.getLogger(DumpStore.class.getPackageName());

  /** It would say thousands of times what is wrong. */
  @BeforeAll
  static void beQuiet() {
    LOG.setLevel(Level.ERROR);
  }

  @AfterAll
  static void beAsBefore() {
    LOG.setLevel(null);
  }

  private static final int STEPS = 6_000;
  private static final List<String> CALLS =
      List.of("create", "write", "force", "truncate", "rename", "delete", "names");

  private Random random = new Random(0);
  private Duration interval = Duration.ZERO;
  private String failing = "";
  private boolean dead;
  private boolean quiet;
  private boolean starting;
  private int next;
  private long kills;
  private long refusals;
  private Future<?> pinged = Future.succeededFuture();

  @SuppressWarnings("NullAway.Init")
  private SimulatedDisk disk;

  @SuppressWarnings("NullAway.Init")
  private SteppedStore stepped;

  /** What the store has by all that was answered. */
  private State sure = new State(new TreeMap<>(), new HashMap<>());

  /** Requests without an answer, in their order. */
  private final List<Asked> open = new ArrayList<>();

  /** Refused since something was answered: together those of one step. */
  private final List<List<Asked>> refused = new ArrayList<>();

  /** With an interval: what it had after each request since the last dump that is on disk. */
  private final List<State> history = new ArrayList<>();

  private record Asked(Batch batch, Future<List<Metric>> answer) {}

  private record State(TreeMap<MetricId, Metric> metrics, Map<String, List<Metric>> answers) {

    State copy() {
      return new State(new TreeMap<>(metrics), new HashMap<>(answers));
    }

    State after(Batch batch) {
      State after = copy();
      after.apply(batch);
      return after;
    }

    List<Metric> apply(Batch batch) {
      String key = batch.key();
      List<Metric> first = key == null ? null : answers.get(key);
      if (first != null) {
        return first;
      }
      List<Metric> answer = new ArrayList<>();
      for (Metric change : batch.changes()) {
        Metric before = metrics.get(change.id());
        Metric now = before == null ? change : change.after(before);
        metrics.put(now.id(), now);
        answer.add(now);
      }
      if (key != null) {
        answers.put(key, answer);
      }
      return answer;
    }
  }

  @ParameterizedTest
  @CsvSource({
    "1, 0", "2, 0", "3, 0", "4, 0", "5, 0", "6, 0", "7, 0", "8, 0", "9, 60", "10, 60", "11, 60"
  })
  void hasWhatWasAnswered(long usual, long seconds) {
    long seed = Long.getLong("model.seed", usual);
    random = new Random(seed);
    interval = Duration.ofSeconds(seconds);
    disk = new SimulatedDisk(random);
    disk.hook(this::hook);
    start();
    int step = 0;
    try {
      for (; step < STEPS; step++) {
        step();
      }
      stop();
    } catch (Throwable e) {
      throw new AssertionError("seed " + seed + ", step " + step + ": " + e.getMessage(), e);
    }
    assertThat(kills).as("kills").isGreaterThan(5);
    if (seconds > 0) {
      assertThat(refusals).as("refusals").isZero();
    } else {
      assertThat(refusals).as("refusals").isGreaterThan(5);
    }
  }

  private void hook(String call, String name) throws IOException {
    if (quiet) {
      return;
    }
    if (dead || (call.equals(failing) && random.nextBoolean())) {
      throw new IOException("Input/output error");
    }
    // others go on while the disk's thread waits
    for (int i = starting ? 0 : random.nextInt(3); i > 0; i--) {
      ask();
    }
    dead = random.nextInt(2_000) == 0;
  }

  private void start() {
    dead = false;
    failing = "";
    boolean before = quiet;
    quiet = random.nextInt(4) > 0;
    stepped = new SteppedStore(disk, interval, true, 2_000);
    open.clear();
    starting = true;
    Future<?> opened = stepped.store().open();
    boolean failed = stepped.step() && opened.failed();
    assertThat(failed).as("start: %s", opened.cause()).isFalse();
    starting = false;
    quiet = before;
    compare();
  }

  private void compare() {
    Map<MetricId, Metric> found = new TreeMap<>();
    // nothing that it does by itself is under way
    quiet = true;
    stepped.all().forEach(metric -> found.put(metric.id(), metric));
    quiet = false;
    Optional<State> state =
        candidates().stream().filter(one -> one.metrics.equals(found)).findFirst();
    assertThat(state).as("found %s, sure %s", found, sure.metrics).isPresent();
    sure = state.orElseThrow();
    refused.clear();
    history.clear();
    history.add(sure.copy());
  }

  private final List<List<Asked>> atKill = new ArrayList<>();

  private List<State> candidates() {
    List<State> all = new ArrayList<>(history);
    all.add(sure);
    for (List<Asked> some : atKill) {
      State state = sure;
      for (Asked asked : some) {
        state = state.after(asked.batch);
        all.add(state);
      }
    }
    atKill.clear();
    return all;
  }

  private void step() {
    int what = random.nextInt(2_000);
    if (what < 900) {
      ask();
    } else if (what < 1_940) {
      stepped.step();
      answers();
    } else if (what < 1_960) {
      stepped.tick(random);
    } else if (what < 1_980) {
      failing = failing.isEmpty() ? CALLS.get(random.nextInt(CALLS.size())) : "";
    } else if (what < 1_985) {
      pinged = stepped.store().ping();
    } else if (what < 1_990) {
      stop();
    } else {
      kill();
    }
    if (dead) {
      kill();
    }
  }

  private void ask() {
    if (open.size() > 30) {
      return;
    }
    int number = next++;
    List<Metric> metrics = new ArrayList<>();
    metrics.add(Metric.counter("total", 1));
    metrics.add(Metric.gauge("last", number));
    for (int i = random.nextInt(4); i > 0; i--) {
      String name = "name-" + random.nextInt(20);
      metrics.add(
          random.nextBoolean()
              ? Metric.counter(name, random.nextInt(100) - 30)
              : Metric.gauge(name, random.nextDouble()));
    }
    Batch batch = Batch.of(metrics, key(number));
    open.add(new Asked(batch, stepped.store().update(batch)));
    if (!interval.isZero()) {
      answers();
      history.add(sure.copy());
    }
  }

  /** None, a new one, or one that was used. */
  private @Nullable String key(int number) {
    int what = random.nextInt(6);
    return what < 2 ? null : "key-" + (what < 5 ? number : Math.max(0, number - random.nextInt(9)));
  }

  /** What was answered must be what the map says, in the order in which it was asked. */
  private void answers() {
    List<Asked> now = new ArrayList<>();
    while (!open.isEmpty() && open.get(0).answer.isComplete()) {
      Asked asked = open.remove(0);
      if (asked.answer.succeeded()) {
        assertThat(asked.answer.result()).isEqualTo(sure.apply(asked.batch));
        refused.clear();
      } else {
        assertThat(asked.answer.cause()).isInstanceOf(StoreUnavailable.class);
        now.add(asked);
        refusals++;
      }
    }
    if (pinged.failed()) {
      assertThat(pinged.cause()).isInstanceOf(StoreUnavailable.class);
    }
    assertThat(open).as("answered before others").noneMatch(asked -> asked.answer.isComplete());
    if (!now.isEmpty()) {
      refused.add(now);
    }
  }

  private void kill() {
    kills++;
    answers();
    dead = true;
    atKill.addAll(refused);
    atKill.add(List.copyOf(open));
    if (random.nextBoolean()) {
      disk.cutPower();
    }
    start();
  }

  /** All is on disk after it, unless the disk fails. */
  private void stop() {
    if (dead) {
      kill();
    }
    failing = "";
    quiet = true;
    stepped.close();
    answers();
    assertThat(open).isEmpty();
    refused.clear();
    history.clear();
    if (random.nextBoolean()) {
      disk.cutPower();
    }
    start();
    quiet = false;
  }
}
