package io.loda.agent.report;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/**
 * Reads the memory and the processors of the host from {@code /proc}. Blocks shortly. One thread at
 * a time.
 */
final class HostReadings {

  private static final int IDLE = 3;
  private static final int IO_WAIT = 4;

  /** User, nice, system, idle, iowait, irq, softirq, steal; guests are within user and nice. */
  private static final int TIMES = 8;

  private final Path proc;

  /** By processor. */
  private final Map<Integer, Times> before = new HashMap<>();

  private record Times(long busy, long all) {}

  HostReadings(Path proc) {
    this.proc = proc;
  }

  void read(Readings readings) throws IOException {
    for (String line : Files.readAllLines(proc.resolve("meminfo"), US_ASCII)) {
      if (line.startsWith("MemTotal:")) {
        readings.gauge("TotalMemory", bytes(line));
      } else if (line.startsWith("MemFree:")) {
        readings.gauge("FreeMemory", bytes(line));
      }
    }
    for (String line : Files.readAllLines(proc.resolve("stat"), US_ASCII)) {
      if (line.matches("cpu[0-9]+ .*")) {
        processor(line.split(" +", -1), readings);
      }
    }
  }

  private static double bytes(String line) {
    return Double.parseDouble(line.replaceAll("[^0-9]", "")) * 1024;
  }

  /**
   * Reports how busy a processor was since the previous reading; at first since the start of the
   * host.
   */
  private void processor(String[] fields, Readings readings) {
    int number = Integer.parseInt(fields[0].substring("cpu".length()));
    long all = 0;
    for (int i = 0; i < TIMES && i + 1 < fields.length; i++) {
      all += Long.parseLong(fields[i + 1]);
    }
    long idle = Long.parseLong(fields[IDLE + 1]) + Long.parseLong(fields[IO_WAIT + 1]);
    Times now = new Times(all - idle, all);
    Times last = before.put(number, now);
    long busy = now.busy - (last == null ? 0 : last.busy);
    long passed = now.all - (last == null ? 0 : last.all);
    double percent = passed <= 0 ? 0 : Math.max(0, Math.min(100, 100.0 * busy / passed));
    // older agents use the second name
    readings.gauge("CPUutilization" + (number + 1), percent);
    readings.gauge("CPUUtilization" + (number + 1), percent);
  }
}
