package io.loda.agent.source.script.result;

import static org.assertj.core.api.Assertions.assertThat;

import io.loda.agent.config.PluginsConfig;
import io.loda.agent.source.script.ScriptRuns;
import io.loda.agent.source.script.process.GroupLimits;
import io.loda.agent.source.script.process.RunGroups;
import io.loda.agent.source.script.user.PluginUser;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** With control groups where they can be had, and without. */
class RunUsageTest {

  /** Time for a look, in pieces: one that passes while the machine stands still is no time. */
  private static final String NAP = "for i in 1 2 3 4 5 6 7 8 9 10; do sleep 0.1; done";

  @TempDir private Path folder;

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void processorTimeIsThatOfTheWholeFamily(boolean grouped) throws Exception {
    try (ScriptRuns runs = runs(grouped)) {
      // each burns some processor time by itself, so that it can't be less, however busy the host
      String burn = "(i=0; while [ $i -lt 300000 ]; do i=$((i + 1)); done)";

      RunUsage usage = runs.script(burn + " & " + burn + " & wait; " + NAP).usage();

      assertThat(usage.cpuMillis()).as("%s", usage).isBetween(50L, 30_000L);
      assertThat(usage.leftovers()).isZero();
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void memoryIsTheLargestProcess(boolean grouped) throws Exception {
    try (ScriptRuns runs = runs(grouped)) {
      RunUsage usage =
          runs.script("x=$(head -c 30000000 /dev/zero | tr '\\0' x); " + NAP + "; : \"$x\"")
              .usage();

      assertThat(usage.maxRssKilobytes()).as("%s", usage).isBetween(30_000L, 300_000L);
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void leftoversAreCounted(boolean grouped) throws Exception {
    try (ScriptRuns runs = runs(grouped)) {
      RunResult left = runs.script("sleep 1000 & sleep 1000 & env -i setsid sleep 1000 &");

      assertThat(left.ok()).as("%s", left).isTrue();
      assertThat(left.usage().leftovers()).isEqualTo(3);
      assertThat(runs.run(runs.plugin("sleep 1000 & sleep 1000"), Duration.ofMillis(300)).usage())
          .as("what a run that was ended had is no leftover")
          .extracting(RunUsage::leftovers)
          .isEqualTo(0);
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void givesWayToOthers(boolean grouped) throws Exception {
    try (ScriptRuns runs = runs(grouped)) {
      assertThat(runs.script("nice >&2; ionice >&2").stderr()).isEqualTo("10\nidle\n");
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void scratchFolderIsItsUsersAndStays(boolean grouped) throws Exception {
    try (ScriptRuns runs = runs(grouped)) {
      assertThat(runs.script("echo kept >\"$PLUGIN_SCRATCH/file\"").ok()).isTrue();
      assertThat(runs.script("cat \"$PLUGIN_SCRATCH/file\" >&2").stderr()).isEqualTo("kept\n");

      Path scratch = folder.resolve("data/.scratch/my.ns/demo");
      assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(scratch)))
          .isEqualTo("rwx------");
      assertThat(PluginUser.ownerOf(scratch)).isEqualTo(runs.user.uid());
    }
  }

  private ScriptRuns runs(boolean grouped) throws Exception {
    return new ScriptRuns(
        folder,
        new PluginsConfig(folder.resolve("data")),
        grouped ? RunGroups.limited(GroupLimits.NONE) : new RunGroups(null, GroupLimits.NONE));
  }
}
