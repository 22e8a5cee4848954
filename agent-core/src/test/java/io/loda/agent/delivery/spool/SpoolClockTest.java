package io.loda.agent.delivery.spool;

import static io.loda.agent.delivery.Points.MIB;
import static io.loda.agent.delivery.Points.config;
import static io.loda.agent.delivery.Points.entries;
import static io.loda.agent.delivery.Points.numbers;
import static io.loda.agent.delivery.Points.range;
import static org.assertj.core.api.Assertions.assertThat;

import io.loda.common.telemetry.Counters;
import io.loda.common.telemetry.Discards;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Only time that surely passed makes a message too old, whatever is done to the host's clock. */
class SpoolClockTest {

  private static final Duration HOUR = Duration.ofHours(1);

  @TempDir private Path folder;

  private final Counters counters = new Counters();
  private final Dropped dropped = new Dropped("queue", new Discards(counters, () -> 0));
  private Instant wall = Instant.parse("2026-01-01T00:00:00Z");
  private String boot = "first";
  private Duration uptime = HOUR.multipliedBy(1_000);
  private long nanos = 77;

  private Spool open() throws IOException {
    SpoolClock clock =
        new SpoolClock(() -> wall, () -> nanos, () -> new SpoolClock.Boot(boot, uptime.toMillis()));
    Spool spool =
        new Spool(folder, config("spill", MIB, 4 * MIB), dropped, clock, () -> nanos, true);
    spool.open();
    return spool;
  }

  private static List<QueuedMessage> entriesAt(long nanos) {
    return entries(0, 5, 50).stream()
        .map(entry -> new QueuedMessage(entry.message(), nanos, false))
        .toList();
  }

  private void passes(Duration time) {
    wall = wall.plus(time);
    uptime = uptime.plus(time);
    nanos += time.toNanos();
  }

  private void hostStarts(Duration off) {
    boot += "+";
    wall = wall.plus(off);
    uptime = Duration.ofSeconds(20);
    nanos = 20_000_000_000L;
  }

  private void all(Spool spool) throws IOException {
    spool.removeFinished();
    List<QueuedMessage> read = new ArrayList<>();
    while (spool.hasReadable()) {
      read.addAll(spool.read(100_000));
    }
    assertThat(numbers(read)).isEqualTo(range(0, 5));
    assertThat(dropped.total()).isZero();
    spool.close();
  }

  private void none(Spool spool) throws IOException {
    spool.removeFinished();
    while (spool.hasReadable()) {
      assertThat(spool.read(100_000)).isEmpty();
    }
    assertThat(counters.get("points.discarded.too-old")).isEqualTo(5);
    spool.close();
  }

  @Test
  void aStepForthWhileItRunsDropsNothing() throws Exception {
    Spool spool = open();
    spool.append(entriesAt(nanos), true);
    wall = wall.plus(HOUR.multipliedBy(25));
    passes(HOUR);
    all(spool);
  }

  @Test
  void aStepBackKeepsNothingForEver() throws Exception {
    Spool spool = open();
    spool.append(entriesAt(nanos), true);
    wall = wall.minus(HOUR.multipliedBy(10_000));
    passes(HOUR.multipliedBy(25));
    none(spool);
  }

  @Test
  void aHostThatBeginsIn1970AndThenAsksForTheTimeDropsNothing() throws Exception {
    Spool before = open();
    before.append(entriesAt(nanos), true);
    before.close();
    Instant right = wall;
    hostStarts(HOUR);
    wall = Instant.EPOCH;
    Spool early = open();
    wall = right.plus(HOUR);
    passes(HOUR);
    early.close();
    hostStarts(HOUR);
    all(open());
  }

  @Test
  void aStepBetweenTwoProcessesDropsNothing() throws Exception {
    Spool before = open();
    before.append(entriesAt(nanos), true);
    before.close();
    wall = wall.plus(HOUR.multipliedBy(25));
    passes(HOUR);
    all(open());
  }

  @Test
  void aHostThatWasOffForDaysDropsNothing() throws Exception {
    Spool before = open();
    before.append(entriesAt(nanos), true);
    before.close();
    hostStarts(HOUR.multipliedBy(72));
    all(open());
  }

  @Test
  void timeThatSurelyPassedCounts() throws Exception {
    Spool before = open();
    before.append(entriesAt(nanos), true);
    before.close();
    passes(HOUR.multipliedBy(13));
    Spool second = open();
    passes(HOUR.multipliedBy(5));
    second.close();
    hostStarts(HOUR);
    Spool third = open();
    passes(HOUR.multipliedBy(6).plusMinutes(30));
    none(third);
  }

  @Test
  void aCursorThatWasLostDropsNothing() throws Exception {
    Spool before = open();
    before.append(entriesAt(nanos), true);
    before.close();
    Files.delete(folder.resolve("cursor"));
    wall = wall.plus(HOUR.multipliedBy(100));
    all(open());
  }
}
