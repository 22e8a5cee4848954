package io.loda.agent.builtin.jvm;

import io.loda.agent.plugin.Metric;
import java.io.IOException;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * What a JVM reports of itself.
 *
 * @param program the main class, or the jar's file name
 * @param collectionNanos the time of all collections since its start
 * @param collections how many
 */
record JvmUsage(
    String program, long heapUsedBytes, long heapMaxBytes, long collectionNanos, long collections) {

  private static final Pattern USED =
      Pattern.compile("sun\\.gc\\.generation\\.\\d+\\.space\\.\\d+\\.used");
  private static final Pattern TIME = Pattern.compile("sun\\.gc\\.collector\\.\\d+\\.time");
  private static final Pattern TIMES = Pattern.compile("sun\\.gc\\.collector\\.\\d+\\.invocations");
  private static final String FREQUENCY = "sun.os.hrt.frequency";

  /**
   * @throws IOException when the JVM is still starting
   */
  static JvmUsage of(PerfData data) throws IOException {
    long frequency = data.numbers().getOrDefault(FREQUENCY, 0L);
    if (frequency <= 0) {
      throw new IOException("no " + FREQUENCY + " yet");
    }
    return new JvmUsage(
        program(data.texts().getOrDefault("sun.rt.javaCommand", "")),
        data.sum(USED),
        heapMax(data),
        (long) (data.sum(TIME) * (1e9 / frequency)),
        data.sum(TIMES));
  }

  /**
   * Returns the largest limit: each generation of G1 may grow to the whole heap, so a sum would be
   * too much.
   */
  private static long heapMax(PerfData data) {
    long young = data.numbers().getOrDefault("sun.gc.generation.0.maxCapacity", 0L);
    long old = data.numbers().getOrDefault("sun.gc.generation.1.maxCapacity", 0L);
    boolean shared = data.texts().getOrDefault("sun.gc.policy.name", "").contains("G1");
    return shared ? Math.max(young, old) : young + old;
  }

  /**
   * Returns the program without arguments, which may contain anything, and without the jar's
   * folder.
   */
  private static String program(String command) {
    String first = command.split(" ", 2)[0];
    String name = first.substring(first.lastIndexOf('/') + 1);
    return name.isEmpty() ? "unknown" : name;
  }

  Metric metric(String name, String pid, double value) {
    return new Metric(name, 0, Map.of("program", program, "pid", pid), value);
  }
}
