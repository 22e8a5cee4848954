package io.loda.agent.schedule;

import static io.loda.agent.registry.Futures.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.loda.agent.assignment.Assignment;
import io.loda.agent.assignment.AssignmentParser;
import io.loda.agent.assignment.AssignmentSet;
import io.loda.agent.assignment.OutputFormat;
import io.loda.agent.assignment.Scripts;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A change takes effect at the next run; what runs then goes on to its end. */
class ChangedWhileItRunsTest {

  private static final Duration MINUTE = Duration.ofMinutes(1);

  private final ManualTimers timers = new ManualTimers();
  private Path folder;
  private Path log;
  private Path go;
  private Path plugin;

  @SuppressWarnings("NullAway.Init")
  private ScheduleFixture agent;

  @BeforeEach
  void start(@TempDir Path temporary) throws Exception {
    folder = temporary;
    log = Files.createFile(folder.resolve("log"));
    go = folder.resolve("go");
    plugin = plugin("plugin");
    agent = new ScheduleFixture(folder, Map.of(), InstantSource.system(), vertx -> timers);
  }

  @AfterEach
  void close() {
    agent.close();
  }

  @Test
  void aRunThatIsLongerThanThePollIntervalComesToItsEnd() throws Exception {
    begin(script(plugin, "poll-0"));

    apply(script(plugin, "poll-1"));
    apply(script(plugin, "poll-2"));
    assertThat(status().state()).isEqualTo("running");
    Files.createFile(go);
    awaitLog("begin poll-0", "end poll-0");
    awaitState("waiting");

    timers.pass(MINUTE);
    awaitLog("begin poll-0", "end poll-0", "begin poll-2", "end poll-2");
    assertThat(results()).allMatch("ok"::equals);
  }

  @Test
  void whatFailsThenIsTold() throws Exception {
    begin(script(plugin, "fail"));

    apply(script(plugin, "poll-1"));
    Files.createFile(go);

    awaitState("waiting");
    assertThat(results()).containsExactly("exit");
  }

  @Test
  void whatChangesBackGoesOnAsItWas() throws Exception {
    begin(script(plugin, "a"));
    apply(script(plugin, "b"));
    apply(script(plugin, "a"));
    Files.createFile(go);
    awaitState("waiting");
    assertThat(status().runs()).isEqualTo(1);

    timers.pass(MINUTE);

    awaitLog("begin a", "end a", "begin a", "end a");
    awaitState("waiting");
    assertThat(status().runs()).isEqualTo(2);
  }

  @Test
  void anotherRepositoryEndsItAtOnce() throws Exception {
    begin(script(plugin, "a"));

    apply(script(plugin("moved/plugin"), "b"));

    awaitState("waiting");
    assertThat(Files.readAllLines(log)).containsExactly("begin a");
    Files.createFile(go);
    timers.pass(MINUTE);
    awaitLog("begin a", "begin b", "end b");
  }

  @Test
  void whatIsTakenAwayEndsThoughItChangedBefore() throws Exception {
    begin(script(plugin, "a"));
    apply(script(plugin, "b"));

    apply();

    assertThat(await(agent.scheduler.jobs())).isEmpty();
    // what is assigned next begins when the last run has ended
    apply(script(plugin, "c"));
    awaitState("waiting");
    assertThat(Files.readAllLines(log)).containsExactly("begin a");
  }

  @Test
  void aStreamBeginsAnewWithWhatChanged() throws Exception {
    apply(stream("a"));
    awaitLog("begin a");

    apply(stream("b"));

    awaitLog("begin a", "begin b");
  }

  /** Its first run is under way after it. */
  private void begin(Assignment assignment) throws Exception {
    apply(assignment);
    awaitState("waiting");
    timers.pass(MINUTE);
    Awaitility.await().atMost(MINUTE).until(() -> Files.size(log) > 0);
  }

  private void apply(Assignment... assignments) throws Exception {
    await(
        agent.scheduler.apply(
            AssignmentSet.of(
                Map.of("ns", "id"),
                List.of(new AssignmentParser.Parsed(List.of(assignments), List.of())))));
  }

  private void awaitLog(String... lines) {
    Awaitility.await()
        .atMost(MINUTE)
        .untilAsserted(() -> assertThat(Files.readAllLines(log)).containsExactly(lines));
  }

  private void awaitState(String state) {
    Awaitility.await().atMost(MINUTE).until(() -> status().state().equals(state));
  }

  private JobStatus status() throws Exception {
    return await(agent.scheduler.jobs()).get(0);
  }

  private List<String> results() throws Exception {
    return await(agent.scheduler.pluginCalls().byName().runs("ns", "demo")).stream()
        .map(run -> run.outcome().tag())
        .toList();
  }

  private Path plugin(String name) throws Exception {
    Path made = Files.createDirectories(folder.resolve(name));
    Path script =
        Files.writeString(
            made.resolve("plugin.sh"),
            """
            #!/bin/sh
            echo begin $1 >> %s
            until [ -e %s ]; do sleep 0.05; done
            [ $1 != fail ] || exit 3
            echo end $1 >> %s
            echo '[]'
            """
                .formatted(log, go, log));
    Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rwxr-xr-x"));
    return made;
  }

  private static Assignment.Script script(Path plugin, String argument) {
    return Scripts.script("ns", "demo", "path:" + plugin, "plugin", List.of(argument), MINUTE);
  }

  private Assignment.Script stream(String argument) {
    return new Assignment.Script(
        "ns",
        "demo",
        "path:" + plugin,
        "plugin",
        List.of(argument),
        MINUTE,
        "",
        true,
        OutputFormat.AUTO,
        false);
  }
}
