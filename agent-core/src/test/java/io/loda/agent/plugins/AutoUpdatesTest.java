package io.loda.agent.plugins;

import static org.assertj.core.api.Assertions.assertThat;

import io.loda.agent.assignment.Assignment;
import io.loda.agent.assignment.HostProbes;
import io.loda.agent.assignment.Scripts;
import io.loda.agent.schedule.ManualTimers;
import io.vertx.core.Future;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class AutoUpdatesTest {

  private static final Duration HOUR = Duration.ofHours(1);
  private static final Duration MINUTE = Duration.ofMinutes(1);

  private final ManualTimers timers = new ManualTimers();

  /** When each plugin was updated. */
  private final Map<String, List<Duration>> updates = new HashMap<>();

  private Future<String> answer = Future.succeededFuture("commit");

  @Test
  void eachIsUpdatedOnceAnIntervalSpreadOverIt() throws Exception {
    AutoUpdates auto = auto(HOUR, "web1");
    for (int i = 0; i < 120; i++) {
      auto.add(script("p" + i, "git@git.example:g/p.git"));
    }

    timers.pass(HOUR);
    assertThat(updates).hasSize(120);
    assertThat(updates.values()).allMatch(times -> times.size() == 1);
    assertThat(updatesIn(0, 20)).isBetween(20L, 60L);
    assertThat(updatesIn(20, 40)).isBetween(20L, 60L);
    assertThat(updatesIn(40, 60)).isBetween(20L, 60L);

    timers.pass(HOUR);
    assertThat(updates.values())
        .allMatch(times -> times.size() == 2 && times.get(1).minus(times.get(0)).equals(HOUR));
  }

  @Test
  void hostsDoNotAskInStep() throws Exception {
    for (int i = 0; i < 60; i++) {
      auto(HOUR, "web" + i).add(script("p", "git@git.example:g/p.git"));
    }

    timers.pass(HOUR);
    assertThat(updatesIn(0, 20)).isBetween(8L, 35L);
    assertThat(updatesIn(20, 40)).isBetween(8L, 35L);
    assertThat(updatesIn(40, 60)).isBetween(8L, 35L);
  }

  @Test
  void offItDoesNothing() throws Exception {
    AutoUpdates auto = auto(Duration.ZERO, "web1");
    auto.add(script("p", "git@git.example:g/p.git"));

    timers.pass(HOUR.multipliedBy(48));
    assertThat(updates).isEmpty();
    assertThat(timers.set()).isZero();
  }

  @Test
  void whatHasNoRepositoryIsLeftAlone() throws Exception {
    AutoUpdates auto = auto(HOUR, "web1");
    auto.add(script("p", "path:/opt/p"));
    auto.add(HostProbes.probe("CPU", MINUTE));

    timers.pass(HOUR);
    assertThat(updates).isEmpty();
  }

  @Test
  void whatIsNoLongerAssignedIsUpdatedNoMore() throws Exception {
    AutoUpdates auto = auto(HOUR, "web1");
    auto.add(script("gone", "git@git.example:g/gone.git"));
    auto.add(script("stays", "git@git.example:g/stays.git"));
    auto.remove("ns|gone");
    auto.remove("ns|unknown");

    timers.pass(HOUR);
    assertThat(updates).containsOnlyKeys("ns|stays");

    auto.close();
    timers.pass(HOUR);
    assertThat(updates.get("ns|stays")).hasSize(1);
  }

  @Test
  void changedItStillHasOneTimer() throws Exception {
    AutoUpdates auto = auto(HOUR, "web1");
    auto.add(script("p", "git@git.example:g/p.git"));
    auto.add(script("p", "git@git.example:other/p.git"));

    timers.pass(HOUR);
    assertThat(updates.get("ns|p")).hasSize(1);
  }

  @Test
  void aFailureDoesNotEndIt() throws Exception {
    answer = Future.failedFuture("no network");
    auto(HOUR, "web1").add(script("p", "git@git.example:g/p.git"));

    timers.pass(HOUR.multipliedBy(3));
    assertThat(updates.get("ns|p")).hasSize(3);
  }

  private AutoUpdates auto(Duration interval, String host) {
    return new AutoUpdates(
        timers,
        interval,
        () -> host,
        () -> Instant.EPOCH.plus(timers.now()),
        script -> {
          updates.computeIfAbsent(script.key(), key -> new ArrayList<>()).add(timers.now());
          return answer;
        });
  }

  private long updatesIn(int fromMinute, int toMinute) {
    return updates.values().stream()
        .flatMap(List::stream)
        .filter(time -> time.compareTo(MINUTE.multipliedBy(fromMinute)) >= 0)
        .filter(time -> time.compareTo(MINUTE.multipliedBy(toMinute)) < 0)
        .count();
  }

  private static Assignment.Script script(String project, String git) {
    return Scripts.script("ns", project, git, project, List.of(), MINUTE);
  }
}
