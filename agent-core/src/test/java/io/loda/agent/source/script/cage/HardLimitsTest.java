package io.loda.agent.source.script.cage;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HardLimitsTest {

  @Test
  void hardLimitIsTheMost(@TempDir Path folder) throws Exception {
    Path file =
        Files.writeString(
            folder.resolve("limits"),
            """
            Limit                     Soft Limit           Hard Limit           Units
            Max cpu time              unlimited            unlimited            seconds
            Max open files            20                   100                  files
            Max processes             50                   200                  processes
            """);
    HardLimits limits = new HardLimits(file);

    assertThat(limits.atMost("Max open files", 256)).isEqualTo(100);
    assertThat(limits.atMost("Max processes", 100)).isEqualTo(100);
    assertThat(limits.atMost("Max cpu time", 60)).isEqualTo(60);
    assertThat(limits.atMost("Max file size", 60)).isEqualTo(60);
  }

  @Test
  void withoutTheFileNothingIsLimited(@TempDir Path folder) {
    assertThat(new HardLimits(folder.resolve("none")).atMost("Max processes", 5)).isEqualTo(5);
  }

  @Test
  void ownOnesCanBeRead() {
    HardLimits own = new HardLimits(Path.of("/proc/self/limits"));

    // the system lets no process have more
    assertThat(own.atMost("Max open files", Long.MAX_VALUE)).isLessThan(Long.MAX_VALUE);
  }
}
