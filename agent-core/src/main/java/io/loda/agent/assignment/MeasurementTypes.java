package io.loda.agent.assignment;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** The measurement types of the wire contract, and more, with their default intervals. */
final class MeasurementTypes {

  /** The types of the host's measurements, which go to every namespace. */
  static final Map<String, Duration> HOST =
      Map.ofEntries(
          Map.entry("CPU", seconds(10)),
          Map.entry("MEM", seconds(10)),
          Map.entry("DISK", seconds(10)),
          Map.entry("NET", seconds(10)),
          Map.entry("PS", seconds(10)),
          Map.entry("HEALTH", seconds(10)),
          Map.entry("COREDUMP", seconds(60)),
          Map.entry("FS", seconds(300)),
          Map.entry("KERNEL", seconds(300)),
          Map.entry("TIME", seconds(300)),
          Map.entry("DEV", seconds(300)),
          // the wire contract doesn't have these
          Map.entry("PRESSURE", seconds(10)),
          Map.entry("CGROUP", seconds(60)),
          Map.entry("JVM", seconds(60)));

  /** The types of probes, each of one namespace. */
  static final Map<String, Duration> PROBES =
      Map.of("PORT", seconds(60), "PROC", seconds(60), "LOG", seconds(60));

  /** The fields that a probe must have besides its name. */
  static final Map<String, List<String>> REQUIRED =
      Map.of(
          "PORT", List.of("port"),
          "PROC", List.of(),
          "LOG", List.of("file_path", "pattern"));

  /** The fields of a host's item that are no parameters of the measurement. */
  static final Set<String> NO_PARAMETERS =
      Set.of("_id", "name", "comment", "interval", "measurement_type", "aggregate");

  private MeasurementTypes() {}

  static String hosts() {
    return String.join(", ", new TreeSet<>(HOST.keySet()));
  }

  static String known() {
    return String.join(", ", all());
  }

  static Set<String> all() {
    Set<String> names = new TreeSet<>(HOST.keySet());
    names.addAll(PROBES.keySet());
    names.addAll(List.of("PLUGIN", "GOPLUGIN", "JAVAPLUGIN"));
    return names;
  }

  private static Duration seconds(long seconds) {
    return Duration.ofSeconds(seconds);
  }
}
