package io.loda.server.store.dump;

import static io.loda.server.metric.Metric.counter;
import static io.loda.server.metric.Metric.gauge;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import io.loda.server.metric.Batch;
import io.loda.server.metric.Metric;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/** Files that are cut, or have other bytes than were written: the start works, and keeps them. */
class DamageTest {

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

  private static final Duration HOUR = Duration.ofHours(1);
  private static final String JOURNAL = SteppedStore.DUMP + ".journal-a";

  private final SimulatedDisk disk = new SimulatedDisk(new Random(1));

  /** A dump of 150 metrics and two keys: the last 4 KiB and more. */
  private byte[] dump() {
    SteppedStore store = SteppedStore.open(disk, HOUR);
    List<Metric> metrics = new ArrayList<>();
    for (int i = 0; i < 150; i++) {
      metrics.add(i % 2 == 0 ? gauge("gauge-" + i, i / 3.0) : counter("counter-" + i, i));
    }
    store.get(store.store().update(Batch.of(metrics, null)));
    store.get(store.store().update(Batch.of(metrics.subList(0, 3), "key-1")));
    store.get(store.store().update(Batch.of(metrics.subList(7, 9), "key-2")));
    store.close();
    byte[] bytes = disk.bytes(SteppedStore.DUMP);
    assertThat(bytes.length).isGreaterThan(8_000);
    return bytes;
  }

  private static SimulatedDisk with(String name, byte[] bytes) {
    SimulatedDisk disk = new SimulatedDisk(new Random(1));
    disk.put(name, bytes);
    return disk;
  }

  /** How many lines with this text are whole before a byte, be it but for their line end. */
  private static int lines(byte[] bytes, int end, String text) {
    String before = new String(bytes, 0, end, UTF_8);
    return (int) before.lines().filter(line -> line.contains(text) && line.endsWith("\"}")).count();
  }

  private static String bad(SimulatedDisk disk, String name) {
    return disk.names().stream()
        .filter(found -> found.startsWith(name + ".bad-"))
        .findFirst()
        .orElse("none");
  }

  @Test
  void aDumpThatIsCutAnywhereGivesWhatIsBeforeTheCut() {
    byte[] whole = dump();
    List<Metric> all = SteppedStore.open(with(SteppedStore.DUMP, whole), HOUR).all();
    // the last 4 KiB, keys, metrics, and the first lines
    for (int end = whole.length - 1; end > 0; end--) {
      if (end < whole.length - 4_500 && end > 500) {
        end = 500;
      }
      byte[] cut = Arrays.copyOf(whole, end);
      SimulatedDisk after = with(SteppedStore.DUMP, cut);
      SteppedStore store = SteppedStore.open(after, HOUR);

      List<Metric> expected = all.subList(0, lines(cut, end, "\"type\""));
      assertThat(store.all()).as("cut at %s", end).isEqualTo(expected);
      assertThat(after.bytes(bad(after, SteppedStore.DUMP))).isEqualTo(cut);
      // and the new one has it
      assertThat(SteppedStore.open(after, HOUR).all()).isEqualTo(expected);
    }
  }

  @Test
  void anotherByteIsNoticedWhereverItIs() {
    byte[] whole = dump();
    List<Metric> all = SteppedStore.open(with(SteppedStore.DUMP, whole), HOUR).all();
    Random random = new Random(7);
    for (int i = 0; i < 500; i++) {
      byte[] other = whole.clone();
      int at = random.nextInt(whole.length);
      other[at] ^= (byte) (1 << random.nextInt(8));
      SimulatedDisk after = with(SteppedStore.DUMP, other);
      SteppedStore store = SteppedStore.open(after, HOUR);

      int lineBegin = new String(whole, 0, at, UTF_8).lastIndexOf('\n') + 1;
      assertThat(store.all())
          .as("byte %s is %s", at, other[at])
          .startsWith(all.subList(0, lines(whole, lineBegin, "\"type\"")).toArray(new Metric[0]));
      // nothing that wasn't written
      assertThat(all).containsAll(store.all());
      assertThat(after.bytes(bad(after, SteppedStore.DUMP))).isEqualTo(other);
    }
  }

  /** A dump with 1 in the counter, and a journal with 99 times 1 more, as after a kill. */
  private byte[] journal() {
    SteppedStore first = SteppedStore.open(disk, HOUR);
    first.update(counter("a", 1));
    first.close();
    SteppedStore store = SteppedStore.open(disk, Duration.ZERO);
    for (int i = 0; i < 99; i++) {
      store.get(store.store().update(Batch.of(List.of(counter("a", 1)), "key-" + i)));
    }
    return disk.bytes(JOURNAL);
  }

  /** What the counter is by a journal's whole lines; the first one is its head. */
  private static Metric sum(byte[] journal, int end) {
    long lines = new String(journal, 0, end, UTF_8).chars().filter(c -> c == '\n').count();
    return counter("a", 1 + Math.max(0, lines - 1));
  }

  @Test
  void aJournalThatIsCutAnywhereGivesItsWholeChanges() {
    byte[] whole = journal();
    for (int end = whole.length; end >= 0; end--) {
      Duration interval = end % 2 == 0 ? Duration.ZERO : HOUR;
      SimulatedDisk after = disk.copy();
      after.put(JOURNAL, Arrays.copyOf(whole, end));
      SteppedStore store = SteppedStore.open(after, interval);

      Metric sum = sum(whole, end);
      assertThat(store.all()).as("cut at %s", end).containsExactly(sum);
      assertThat(store.update(counter("a", 1))).containsExactly(counter("a", 1).after(sum));
      store.close();
      assertThat(SteppedStore.open(after, interval).all())
          .containsExactly(counter("a", 1).after(sum));
      assertThat(after.names()).filteredOn(name -> name.contains(".bad-")).isEmpty();
    }
  }

  @Test
  void anotherByteInAJournalEndsItThereAndItIsKept() {
    byte[] whole = journal();
    String text = new String(whole, UTF_8);
    int lastLine = text.lastIndexOf('\n', whole.length - 2);
    Random random = new Random(7);
    for (int i = 0; i < 500; i++) {
      byte[] other = whole.clone();
      int at = random.nextInt(whole.length);
      other[at] ^= (byte) (1 << random.nextInt(8));
      SimulatedDisk after = disk.copy();
      after.put(JOURNAL, other);
      SteppedStore store = SteppedStore.open(after, Duration.ZERO);

      assertThat(store.all()).as("byte %s is %s", at, other[at]).containsExactly(sum(whole, at));
      // the last line may be what a kill left
      if (at < lastLine) {
        assertThat(after.bytes(bad(after, JOURNAL))).as("byte %s", at).isEqualTo(other);
      }
    }
  }

  @Test
  void aJournalOfAnotherDumpIsKeptAsideAndNotApplied() {
    byte[] journal = journal();
    SimulatedDisk other = new SimulatedDisk(new Random(2));
    SteppedStore first = SteppedStore.open(other, HOUR);
    first.update(counter("a", 5));
    first.close();
    other.put(JOURNAL, journal);

    SteppedStore store = SteppedStore.open(other, Duration.ZERO);
    assertThat(store.all()).containsExactly(counter("a", 5));
    assertThat(other.bytes(bad(other, JOURNAL))).isEqualTo(journal);
  }

  @Test
  void changesThatTheDumpHasAreNotAppliedTwice() {
    byte[] journal = journal();
    SteppedStore.open(disk, Duration.ZERO).close();
    // as after a kill between the new dump and the journal's end
    disk.put(JOURNAL, journal);

    assertThat(SteppedStore.open(disk, HOUR).all()).containsExactly(counter("a", 100));
  }

  /** Its counters are the sum of the journal alone: nothing tells what was before. */
  @Test
  void theJournalOfADamagedDumpIsAppliedAndBothAreKept() {
    byte[] journal = journal();
    String dump = new String(disk.bytes(SteppedStore.DUMP), UTF_8);
    byte[] head = dump.substring(0, dump.indexOf('\n') + 1).getBytes(UTF_8);
    disk.put(SteppedStore.DUMP, head);

    SteppedStore store = SteppedStore.open(disk, Duration.ZERO);
    assertThat(store.all()).containsExactly(counter("a", 99));
    assertThat(disk.bytes(bad(disk, SteppedStore.DUMP))).isEqualTo(head);
    assertThat(disk.bytes(bad(disk, JOURNAL))).isEqualTo(journal);
  }

  /** As after a power cut on some file systems. */
  @Test
  void aDumpOfZerosIsKeptAside() {
    SimulatedDisk after = with(SteppedStore.DUMP, new byte[8_192]);
    SteppedStore store = SteppedStore.open(after, HOUR);
    assertThat(store.all()).isEmpty();
    store.get(store.store().update(Batch.of(List.of(counter("a", 1)), null)));
    store.close();
    assertThat(after.bytes(bad(after, SteppedStore.DUMP))).isEqualTo(new byte[8_192]);
  }

  @Test
  void othersDumpsThatAreTornGiveWhatIsBefore() {
    for (String dump :
        List.of(
            "{\"type\":\"gauge\",\"name\":\"a\",\"value\":\"1.5\"}\n{\"type\":\"counter\",\"na",
            "[{\"id\":\"a\",\"type\":\"gauge\",\"value\":1.5},{\"id\":\"b\",\"ty",
            "[{\"id\":\"a\",\"type\":\"gauge\",\"value\":1.5}",
            "[{\"id\":\"a\",\"type\":\"gauge\",\"value\":1.5}] []",
            "{\"type\":\"gauge\",\"name\":\"a\",\"value\":\"1.5\"}\n{\"other\":1}\n")) {
      SimulatedDisk after = with(SteppedStore.DUMP, dump.getBytes(UTF_8));
      assertThat(SteppedStore.open(after, HOUR).all()).as(dump).containsExactly(gauge("a", 1.5));
      assertThat(after.bytes(bad(after, SteppedStore.DUMP))).isEqualTo(dump.getBytes(UTF_8));
    }
  }

  @Test
  void aDamagedDumpStaysInItsPlaceUntilThereIsAnotherOne() {
    byte[] whole = dump();
    byte[] cut = Arrays.copyOf(whole, whole.length / 2);
    SimulatedDisk after = with(SteppedStore.DUMP, cut);
    after.hook(
        (call, name) -> {
          if (call.equals("write")) {
            throw new IOException("No space left on device");
          }
        });
    SteppedStore store = SteppedStore.open(after, HOUR);
    int found = store.all().size();
    assertThat(found).isGreaterThan(50);
    assertThat(after.names()).containsExactly(SteppedStore.DUMP);

    after.hook((call, name) -> {});
    store.tick();
    store.steps();
    assertThat(after.bytes(bad(after, SteppedStore.DUMP))).isEqualTo(cut);
    assertThat(SteppedStore.open(after, HOUR).all()).hasSize(found);
  }
}
