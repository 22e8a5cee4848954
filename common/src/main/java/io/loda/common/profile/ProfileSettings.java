package io.loda.common.profile;

import io.loda.common.settings.Setting;
import io.loda.common.settings.Settings;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/**
 * The settings of profiles.
 *
 * @param cpuFile the file of a recording of Java Flight Recorder
 * @param cpuDuration how long it records
 * @param memoryFile the file of a class histogram; a heap dump if the name ends in {@code .hprof}
 */
public record ProfileSettings(Path cpuFile, Duration cpuDuration, Path memoryFile) {

  private static final Setting CPU_FILE =
      Setting.of(
          "cpu-profile-file",
          null,
          "CPU_PROFILE_FILE",
          "./cpu.pprof",
          "Where SIGUSR1 writes what the process does, as Java Flight Recorder has it.");
  private static final Setting CPU_DURATION =
      Setting.of(
          "cpu-profile-duration",
          null,
          "CPU_PROFILE_DURATION",
          "30s",
          "How long that is recorded, in seconds or like 1m30s.");
  private static final Setting MEMORY_FILE =
      Setting.of(
          "mem-profile-file",
          null,
          "MEM_PROFILE_FILE",
          "./mem.pprof",
          "Where SIGUSR2 writes a class histogram; a heap dump where the name ends in .hprof.");

  /** The settings of a program with profiles. */
  public static final List<Setting> ALL = List.of(CPU_FILE, CPU_DURATION, MEMORY_FILE);

  /** Reads the settings; adds problems to {@code settings}. */
  public static ProfileSettings of(Settings settings) {
    return new ProfileSettings(
        settings.path(CPU_FILE),
        settings.interval(CPU_DURATION, false),
        settings.path(MEMORY_FILE));
  }
}
