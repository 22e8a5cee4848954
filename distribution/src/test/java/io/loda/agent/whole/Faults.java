package io.loda.agent.whole;

import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

/** What the tests of faults have in common. With {@code -Dfaults=long} they take their time. */
final class Faults {

  static final boolean LONG = System.getProperty("faults", "short").equals("long");

  private Faults() {}

  static Duration time(Duration inShort, Duration inLong) {
    return LONG ? inLong : inShort;
  }

  /** How long a fault lasts is no waiting for something: a time passes. */
  static void pass(Duration time) {
    long until = System.nanoTime() + time.toNanos();
    await().atMost(time.plusSeconds(30)).until(() -> System.nanoTime() - until >= 0);
  }

  /** The block of an agent that is in {@link PointLoad#NAMESPACE}. */
  static String registry(Path folder) throws IOException {
    Path registry = Files.createDirectories(folder.resolve("registry"));
    Files.writeString(
        registry.resolve(PointLoad.NAMESPACE + ".conf"),
        "[ { measurement_type = HEALTH, name = x } ]");
    return "registry { type = directory, directory { path = \"" + registry + "\" } }";
  }

  static void start(AgentProcess agent) throws IOException {
    agent.start();
    await().atMost(AgentProcess.PATIENCE).pollInterval(Duration.ofMillis(50)).until(agent::answers);
  }
}
