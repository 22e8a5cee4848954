package io.loda.agent.schedule;

import static io.loda.agent.registry.Futures.await;

import io.loda.agent.git.TestRepository;
import io.loda.agent.source.script.result.RunResult;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Map;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** A scheduler in whose agent a plugin's repository has versions that work, and others. */
public abstract class VersionsFixture {

  public static final Duration INTERVAL = Duration.ofSeconds(60);
  public static final Duration DEADLINE = Duration.ofSeconds(60);
  public static final String GOOD = "#!/bin/sh\necho '[]'\n";
  public static final String BAD = "#!/bin/sh\nexit 1\n";

  public Path folder;
  public TestRepository repository;
  public ManualTimers timers = new ManualTimers();

  @SuppressWarnings("NullAway.Init")
  public ScheduleFixture agent;

  @BeforeEach
  void make(@TempDir Path temporary) throws Exception {
    folder = temporary;
    repository = new TestRepository(folder, "demo");
  }

  @AfterEach
  void close() {
    agent.close();
    repository.close();
  }

  /** Begins one to which nothing is assigned yet. */
  public void begin(Map<String, String> keys, InstantSource clock) throws Exception {
    timers = new ManualTimers();
    agent = new ScheduleFixture(folder, keys, clock, vertx -> timers);
  }

  public void awaitWaiting() {
    Awaitility.await().atMost(DEADLINE).until(() -> status().state().equals("waiting"));
  }

  /** Lets an interval pass; how the run went that was due in it. */
  public RunResult run() throws Exception {
    awaitWaiting();
    long before = status().runs();
    timers.pass(INTERVAL);
    Awaitility.await().atMost(DEADLINE).until(() -> status().runs() > before);
    return await(calls().runs("ns", repository.address())).get(0);
  }

  public JobStatus status() throws Exception {
    return await(agent.scheduler.jobs()).get(0);
  }

  public PluginCalls calls() {
    return agent.scheduler.pluginCalls();
  }
}
