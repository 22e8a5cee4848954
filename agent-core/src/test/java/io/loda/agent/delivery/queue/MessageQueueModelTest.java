package io.loda.agent.delivery.queue;

import static io.loda.agent.delivery.Points.MIB;
import static io.loda.agent.delivery.Points.config;
import static org.assertj.core.api.Assertions.assertThat;

import io.loda.agent.delivery.HookedFiles;
import io.loda.agent.delivery.Points;
import io.loda.agent.delivery.QueueModel;
import io.loda.agent.delivery.SteppingWorker;
import io.loda.agent.delivery.segment.Segment;
import io.loda.agent.delivery.spool.Dropped;
import io.loda.agent.delivery.spool.QueuedMessage;
import io.loda.agent.delivery.spool.Spool;
import io.loda.agent.delivery.spool.SpoolFolder;
import io.loda.common.telemetry.Counters;
import io.loda.common.telemetry.Discards;
import io.vertx.core.Future;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Random steps of the event loop and of the worker, with an output that is away at times, on a disk
 * that fails and is full, in a process that is killed, against {@link QueueModel}. While the worker
 * waits for the disk, the event loop goes on.
 *
 * <p>Other seeds: {@code -Dmodel.seed=N}.
 */
class MessageQueueModelTest {

  private static final int STEPS = 100_000;
  private static final long MEMORY = 400_000;
  private static final int MOST_UNDER_WAY = 30;
  private static final List<String> CALLS = List.of("read", "write", "force", "open", "delete");

  private static final Pattern TOPIC = Pattern.compile("\\(topic topic([0-9]+)\\)");

  @TempDir private Path folder;

  private final HookedFiles files = new HookedFiles();
  private final QueueModel model = new QueueModel();
  private final QueueInvariants invariants = new QueueInvariants(MEMORY);
  private final Dropped dropped =
      new Dropped("queue", new Discards(new Counters(), (reason, detail) -> drop(detail)));
  private final List<QueuedMessage> underWay = new ArrayList<>();
  private final List<Future<Void>> promises = new ArrayList<>();
  private SteppingWorker worker = new SteppingWorker();
  private Random random = new Random(0);
  private String durability = "";
  private String failing = "";
  private boolean away;
  private boolean dead;
  private boolean inDisk;
  private boolean quiet;
  private long nanos;
  private int next;

  @SuppressWarnings("NullAway.Init")
  private MessageQueue queue;

  @ParameterizedTest
  @CsvSource({"1, sync", "2, spill", "3, sync", "4, spill"})
  void owesNothing(long usual, String how) throws Exception {
    long seed = Long.getLong("model.seed", usual);
    random = new Random(seed);
    durability = how;
    files.hook(this::hook);
    start();
    int step = 0;
    try {
      for (; step < STEPS; step++) {
        step();
        invariants.check(queue);
      }
      drain(true);
    } catch (Throwable e) {
      throw new AssertionError(
          "seed " + seed + ", " + how + ", step " + step + ": " + e.getMessage(), e);
    }
    queue.close();
    worker.all();
  }

  private void start() {
    worker = new SteppingWorker();
    dead = false;
    boolean before = quiet;
    quiet = true;
    var config = config(durability, MEMORY, 3 * MIB);
    Path place = SpoolFolder.of(files.path(folder), "queue");
    Spool spool = new Spool(place, config, dropped, Points.clock(() -> nanos), () -> nanos, true);
    queue = new MessageQueue("queue", config, spool, worker, dropped, () -> nanos);
    Future<Void> started = queue.start(() -> {});
    worker.step();
    worker.oneAtATime();
    quiet = before;
    assertThat(started.succeeded()).isTrue();
  }

  private void step() throws Exception {
    if (random.nextInt(1_500) == 0) {
      away = !away;
    }
    int what = random.nextInt(2_000);
    if (what < 1_200) {
      onLoop();
    } else if (what < 1_980) {
      worker.step();
    } else if (what < 1_994) {
      failing = failing.isEmpty() ? CALLS.get(random.nextInt(CALLS.size())) : "";
    } else if (what < 1_998) {
      drain(random.nextBoolean());
    } else {
      kill();
    }
  }

  /** What the event loop may do at any time. */
  private void onLoop() {
    switch (random.nextInt(12)) {
      case 0, 1, 2 -> add();
      case 3, 4, 5 -> take();
      case 6, 7, 8 -> done();
      case 9 -> back();
      case 10 -> store();
      default -> {
        nanos += random.nextInt(300_000_000);
        queue.tick();
      }
    }
  }

  private void drop(String detail) {
    Matcher topic = TOPIC.matcher(detail);
    if (topic.find()) {
      model.dropped(Integer.parseInt(topic.group(1)));
    }
  }

  private void add() {
    boolean promise = random.nextInt(3) == 0 && queue.hasRoom(4 * 10_000);
    List<QueuedMessage> entries = new ArrayList<>();
    for (int i = random.nextInt(4); i >= 0; i--) {
      // each has a topic of its own, so that it's said which one is dropped
      QueuedMessage entry = Points.of("topic" + next, next, 10 + random.nextInt(9_000), nanos);
      entries.add(new QueuedMessage(entry.message(), nanos, promise));
      if (promise) {
        model.promised(next);
      }
      model.added(next++);
    }
    queue.add(entries, 0);
  }

  private void take() {
    while (underWay.size() < MOST_UNDER_WAY) {
      QueuedMessage entry = queue.take();
      if (entry == null) {
        return;
      }
      model.taken(Points.number(entry));
      underWay.add(entry);
    }
  }

  private void done() {
    for (int i = away ? 0 : random.nextInt(20); i > 0 && !underWay.isEmpty(); i--) {
      // mostly in their order
      QueuedMessage entry = underWay.remove(random.nextInt(1 + random.nextInt(underWay.size())));
      // once it is done its bytes may be gone
      model.done(Points.number(entry));
      queue.done(entry);
    }
  }

  private void back() {
    underWay.forEach(entry -> model.back(Points.number(entry)));
    queue.back(List.copyOf(underWay));
    assertThat(underWay).as("what isn't on disk is to be written").noneMatch(this::isNowhere);
    underWay.clear();
  }

  private boolean isNowhere(QueuedMessage entry) {
    QueuedMessage.Place place = entry.place();
    return !entry.is(QueuedMessage.InMemory.DONE)
        && place != null
        && place.segment().fate() != Segment.Fate.THERE;
  }

  private void store() {
    if (durability.equals("sync")) {
      Set<Integer> before = model.waiting();
      promises.add(queue.stored().onSuccess(unused -> model.stored(before)));
    }
  }

  /** Of a disk that is slow, that fails, or whose host's process ends while it waits. */
  private void hook(String call, Path file) throws IOException {
    String name = file.getFileName().toString();
    if (quiet || inDisk || !(name.endsWith(".spool") || name.equals("cursor"))) {
      return;
    }
    if (dead || (call.equals(failing) && random.nextBoolean())) {
      throw call.equals("write")
          ? new HookedFiles.TornException(random.nextInt(100))
          : new IOException("Input/output error");
    }
    inDisk = true;
    for (int i = random.nextInt(3); i > 0; i--) {
      onLoop();
      invariants.check(queue);
    }
    inDisk = false;
    dead = random.nextInt(20_000) == 0;
  }

  private void kill() {
    dead = true;
    queue.close();
    worker.all();
    underWay.clear();
    promises.clear();
    failing = "";
    model.killed();
    start();
  }

  /** All that waits is sent, as by a stop or while the output takes all; nothing is left then. */
  private void drain(boolean stops) throws Exception {
    if (dead) {
      kill();
    }
    failing = "";
    quiet = true;
    back();
    if (stops) {
      promises.add(queue.flush());
    }
    for (int i = 0; i < 500 && isThereAnything(); i++) {
      worker.all();
      promises.forEach(promise -> assertThat(promise.isComplete()).isTrue());
      take();
      underWay.forEach(entry -> model.done(Points.number(entry)));
      underWay.forEach(queue::done);
      underWay.clear();
      nanos += Duration.ofMillis(250).toNanos();
      queue.tick();
    }
    promises.clear();
    assertThat(isThereAnything()).as("%s", queue.amount()).isFalse();
    model.drained(dropped.total());
    if (stops) {
      queue.close();
      worker.all();
      start();
    }
    quiet = false;
  }

  private boolean isThereAnything() {
    MessageQueue.Amount amount = queue.amount();
    return amount.points() + amount.memoryBytes() + amount.diskBytes() > 0;
  }
}
