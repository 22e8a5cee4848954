package io.loda.agent.source.script.process;

import static org.assertj.core.api.Assertions.assertThat;

import io.loda.agent.config.Configs;
import io.loda.agent.config.PluginsConfig;
import io.loda.agent.source.script.ScriptRuns;
import io.loda.agent.source.script.result.RunResult;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** With control groups where they can be had, and without. */
class RunMemoryTest {

  private static final long MOST = 96L << 20;

  /** So much, written to, and kept. */
  private static final String HOLD = "x = bytearray(b'x') * (40 << 20)";

  @TempDir private Path folder;

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void severalProcessesHaveNoMoreThanOne(boolean grouped) throws Exception {
    try (ScriptRuns runs = runs(grouped)) {
      RunResult result =
          runs.script(
              "for i in 1 2 3 4; do python3 -c \"import time; "
                  + HOLD
                  + "; time.sleep(1000)\" & done; wait");

      assertThat(result.outcome()).as("%s", result).isEqualTo(RunResult.Outcome.MEMORY);
      assertThat(result.detail())
          .startsWith("its processes together had ")
          .endsWith(" more than plugins.limits.memory (100663296 bytes)");
      assertThat(runs.alive()).isEmpty();
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void whatLetsGoOfItsParentCountsToo(boolean grouped) throws Exception {
    try (ScriptRuns runs = runs(grouped)) {
      RunResult result =
          runs.script(
              "for i in 1 2 3 4; do (setsid env -i python3 -c \"import time; "
                  + HOLD
                  + "; time.sleep(1000)\" &) ; done; sleep 1000");

      assertThat(result.outcome()).as("%s", result).isEqualTo(RunResult.Outcome.MEMORY);
    }
  }

  /** It has hardly a page of its own. */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void whatTheKernelNeedsForItsPagesCountsToo(boolean grouped) throws Exception {
    try (ScriptRuns runs = runs(grouped)) {
      Path plugin = runs.plugin("");
      ScriptRuns.write(
          plugin.resolve("plugin.sh"),
          "#!/usr/bin/env python3",
          "import mmap, time",
          "size, private, no_reserve, no_huge_page = 64 << 30, 0x22, 0x4000, 15",
          "m = mmap.mmap(-1, size, flags=private | no_reserve, prot=mmap.PROT_READ)",
          "m.madvise(no_huge_page)",
          "for i in range(0, size, 2 << 20): m[i]",
          "time.sleep(1000)");

      RunResult result = runs.run(plugin);

      assertThat(result.outcome()).as("%s", result).isEqualTo(RunResult.Outcome.MEMORY);
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void whatSeveralShareCountsOnce(boolean grouped) throws Exception {
    try (ScriptRuns runs = runs(grouped)) {
      Path plugin = runs.plugin("");
      ScriptRuns.write(
          plugin.resolve("plugin.sh"),
          "#!/usr/bin/env python3",
          "import os, time",
          "x = bytearray(b'x') * (60 << 20)",
          "for i in range(3):",
          "  if os.fork() == 0:",
          "    time.sleep(1000)",
          "time.sleep(1)");

      assertThat(runs.run(plugin).outcome()).isEqualTo(RunResult.Outcome.OK);
    }
  }

  @Test
  void javaCanBeAPlugin() throws Exception {
    try (ScriptRuns runs = new ScriptRuns(folder)) {
      String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();

      RunResult result = runs.script("exec " + java + " -Xmx64m -version");

      assertThat(result.ok()).as("%s", result).isTrue();
    }
  }

  private ScriptRuns runs(boolean grouped) throws Exception {
    return new ScriptRuns(
        folder,
        new PluginsConfig(folder.resolve("data"))
            .limits(Configs.limits(Duration.ofSeconds(60), MOST, 256, 256, 64L << 20)),
        grouped ? RunGroups.limited(GroupLimits.NONE) : new RunGroups(null, GroupLimits.NONE));
  }
}
