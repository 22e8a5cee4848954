package io.loda.common.profile;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ProfilesTest {

  private static final Duration DEADLINE = Duration.ofSeconds(60);

  @TempDir private Path folder;

  private Profiles profiles(Duration cpu, String memoryFile) {
    return new Profiles(
        new ProfileSettings(folder.resolve("cpu.pprof"), cpu, folder.resolve(memoryFile)));
  }

  private List<String> files() throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }

  @Test
  void writesAHistogramThatOnlyThisUserReadsAndNeverOverAnother() throws Exception {
    Files.writeString(folder.resolve("mem.pprof"), "mine");
    profiles(DEADLINE, "mem.pprof").memory();

    await().atMost(DEADLINE).until(() -> files().equals(List.of("mem-2.pprof", "mem.pprof")));
    Path written = folder.resolve("mem-2.pprof");
    assertThat(written).content().contains("java.lang.String", "Total");
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(written)))
        .isEqualTo("rw-------");
    assertThat(folder.resolve("mem.pprof")).hasContent("mine");
    assertThat(ClassHistogram.meanObjectBytes(Files.readString(written))).isBetween(16.0, 1000.0);
  }

  @Test
  void writesAHeapDump() throws Exception {
    profiles(DEADLINE, "mem.hprof").memory();

    await().atMost(DEADLINE).until(() -> files().equals(List.of("mem.hprof")));
    assertThat(Files.readAllBytes(folder.resolve("mem.hprof")))
        .startsWith("JAVA PROFILE".getBytes(US_ASCII));
  }

  @Test
  void recordsWhatTheProcessDoesUntilTheStopAtTheLatestAndOneAtATime() throws Exception {
    Profiles profiles = profiles(Duration.ofHours(1), "mem.pprof");
    profiles.cpu();
    profiles.memory();
    profiles.cpu();
    profiles.close();

    await().atMost(DEADLINE).until(() -> files().equals(List.of("cpu.pprof")));
    assertThat(RecordingFile.readAllEvents(folder.resolve("cpu.pprof"))).isNotEmpty();
  }

  @Test
  void saysWhatCannotBeWritten() throws Exception {
    Profiles profiles =
        new Profiles(
            new ProfileSettings(
                folder.resolve("none/cpu.pprof"), DEADLINE, folder.resolve("none/mem.pprof")));
    profiles.memory();
    profiles.close();
    assertThat(files()).isEmpty();
  }
}
