package io.loda.agent.schedule;

import static io.loda.agent.registry.Futures.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.loda.agent.assignment.Assignment;
import io.loda.agent.assignment.AssignmentParser;
import io.loda.agent.assignment.AssignmentSet;
import io.loda.agent.assignment.HostProbes;
import io.loda.agent.assignment.Scripts;
import io.loda.agent.source.MetricSource;
import io.vertx.core.Promise;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An item that changes goes on in its rhythm: it isn't run more often for it, nor less. */
class ChangedItemTest extends JobFixture {

  private static final List<String> NAMES = List.of("a", "b", "c", "d", "e", "f");
  private static final Duration MINUTE = Duration.ofMinutes(1);

  @Test
  void whatChangesAtEachPollRunsAsOftenAsItsIntervalSays(@TempDir Path folder) throws Exception {
    Path log = Files.createFile(folder.resolve("log"));
    Path script =
        Files.writeString(
            Files.createDirectory(folder.resolve("plugin")).resolve("plugin.sh"),
            "#!/bin/sh\necho $PLUGIN_NAME >> " + log + "\n");
    Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rwxr-xr-x"));
    ManualTimers timers = new ManualTimers();
    try (ScheduleFixture fixture =
        new ScheduleFixture(folder, Map.of(), InstantSource.system(), vertx -> timers)) {
      for (int poll = 0; poll < 20; poll++) {
        await(fixture.scheduler.apply(items("path:" + script.getParent(), poll)));
        quiet(fixture);
        timers.pass(Duration.ofSeconds(30));
        quiet(fixture);
      }
    }

    Map<String, Long> runs =
        Files.readAllLines(log).stream()
            .collect(Collectors.groupingBy(Function.identity(), Collectors.counting()));
    assertThat(runs)
        .containsOnlyKeys(NAMES)
        .allSatisfy((name, count) -> assertThat(count).isEqualTo(10));
  }

  /** Waits until all are open and none runs. */
  private static void quiet(ScheduleFixture fixture) {
    Awaitility.await()
        .atMost(Duration.ofMinutes(1))
        .until(
            () ->
                await(fixture.scheduler.jobs()).stream()
                    .allMatch(job -> job.state().equals("waiting")));
  }

  private static AssignmentSet items(String git, int poll) {
    List<Assignment> items = new ArrayList<>();
    for (String name : NAMES) {
      items.add(Scripts.script("ns", name, git, name, List.of("poll-" + poll), MINUTE));
    }
    return AssignmentSet.of(
        Map.of("ns", "id"), List.of(new AssignmentParser.Parsed(items, List.of())));
  }

  @Test
  void whatWasDueWhileItWasOpenedRunsThenAndKeepsItsRhythm() throws Exception {
    ManualTimers timers = new ManualTimers();
    Assignment assignment = HostProbes.probe("CPU", MINUTE);
    Job before = job(timers, assignment, true, this::opened, this::deliver);
    here(before::start);
    Promise<MetricSource> opening = Promise.promise();
    // its place is taken before it has run: it is due 5 ms after it was opened
    Job changed =
        job(timers, assignment, true, opening::future, this::deliver).inTheRhythmOf(before);
    Job again = job(timers, assignment, true, opening::future, this::deliver);
    await(on(before::stop));
    here(changed::start);
    // nor was that one open when it was changed once more
    await(on(changed::stop));
    again.inTheRhythmOf(changed);
    here(again::start);

    timers.pass(Duration.ofSeconds(30));
    assertThat(source.begun).hasValue(0);
    here(() -> opening.complete(source));
    timers.pass(Duration.ofMillis(1));
    assertThat(source.begun).hasValue(1);
    timers.pass(Duration.ofSeconds(29));
    assertThat(source.begun).hasValue(1);
    timers.pass(Duration.ofSeconds(2));
    assertThat(source.begun).hasValue(2);
    timers.pass(MINUTE);
    assertThat(source.begun).hasValue(3);
  }

  @Test
  void whatIsNowToRunMoreOftenDoesNotWaitForTheOldInterval() throws Exception {
    ManualTimers timers = new ManualTimers();
    Job hourly =
        job(
            timers,
            HostProbes.probe("CPU", Duration.ofHours(1)),
            true,
            this::opened,
            this::deliver);
    here(hourly::start);
    timers.pass(Duration.ofSeconds(1));
    assertThat(source.begun).hasValue(1);
    await(on(hourly::stop));

    Job often =
        job(timers, HostProbes.probe("CPU", MINUTE), true, this::opened, this::deliver)
            .inTheRhythmOf(hourly);
    here(often::start);
    timers.pass(MINUTE);

    assertThat(source.begun).hasValue(2);
  }
}
