package io.loda.agent.source.script;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.loda.agent.config.PluginsConfig;
import io.loda.agent.source.script.cage.SharedMemory;
import io.loda.agent.source.script.result.RunResult;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ScratchLimitTest {

  private static final String MEGABYTE = "dd if=/dev/zero bs=1M count=1 2>/dev/null >";

  @TempDir private Path folder;
  private ScriptRuns runs;

  @BeforeEach
  void start() throws Exception {
    runs =
        new ScriptRuns(folder, new PluginsConfig(folder.resolve("data")).maxScratchBytes(4 << 20));
  }

  @AfterEach
  void close() {
    runs.close();
  }

  private Path scratch() {
    return folder.resolve("data/.scratch/my.ns/demo");
  }

  private void assertOverfull(RunResult result, String what) {
    assertThat(result.outcome()).isEqualTo(RunResult.Outcome.OUTPUT_TOO_LARGE);
    assertThat(result.detail())
        .contains("its scratch folder " + scratch() + " held " + what)
        .contains("it was emptied");
    assertThat(result.metrics()).isEmpty();
    assertThat(scratch()).isEmptyDirectory();
  }

  @Test
  void whatAPluginKeepsStays() throws Exception {
    assertThat(runs.script(MEGABYTE + "\"$PLUGIN_SCRATCH/kept\"").ok()).isTrue();

    assertThat(runs.script("[ -s \"$PLUGIN_SCRATCH/kept\" ]").ok()).isTrue();
  }

  @Test
  void manyFilesThatAreEachSmallEnoughFailTheRunAndTheNextBeginsAnew() throws Exception {
    String fill = "for i in 1 2 3 4 5; do " + MEGABYTE + "\"$PLUGIN_SCRATCH/$i\"; done; echo '[]'";
    assertOverfull(runs.script(fill), "more than 4194304 bytes (plugins.max-scratch)");

    assertThat(runs.script("ls \"$PLUGIN_SCRATCH\" >&2").stderr()).isEmpty();
  }

  @Test
  void whatFailedForAnotherReasonIsSaidToo() throws Exception {
    RunResult result =
        runs.script(
            "for i in 1 2 3 4 5; do " + MEGABYTE + "\"$PLUGIN_SCRATCH/$i\"; done", "exit 7");

    assertOverfull(result, "more than 4194304 bytes");
    assertThat(result.exitCode()).isEqualTo(7);
    assertThat(result.detail()).endsWith("; ended with exit code 7");
  }

  @Test
  void whatAnEmptyFileTakesIsTooMuch() throws Exception {
    RunResult result =
        runs.script(
            ": >\"$PLUGIN_SCRATCH/f\"",
            "fallocate -n -l 64M \"$PLUGIN_SCRATCH/f\" 2>/dev/null || exit 9");
    assumeTrue(result.exitCode() != 9, "this file system takes no space in advance: not run");

    assertOverfull(result, "more than 4194304 bytes (plugins.max-scratch)");
  }

  @Test
  void tooManyFilesAreTooMuch() throws Exception {
    assertOverfull(
        runs.script("cd \"$PLUGIN_SCRATCH\" && seq 10001 | xargs touch"), "more than 10000 files");
  }

  @Test
  void foldersThatAreTooDeepAreTooMuch() throws Exception {
    assertOverfull(
        runs.script("cd \"$PLUGIN_SCRATCH\"; for i in $(seq 3000); do mkdir d; cd d; done"),
        "folders in folders, more than 32 deep");
  }

  @Test
  void noPathIsTooLongToBeSeen() throws Exception {
    assertOverfull(
        runs.script(
            "cd \"$PLUGIN_SCRATCH\"; n=$(printf %0250d 1)",
            "for i in $(seq 20); do mkdir $n; cd $n; done", "head -c 5000000 /dev/zero >file"),
        "more than 4194304 bytes");
  }

  @Test
  void filesWithoutANameAreItsToo() throws Exception {
    assertHeld(
        runs.script(
            "exec 3>\"$PLUGIN_SCRATCH/file\"; rm \"$PLUGIN_SCRATCH/file\"",
            "head -c 5000000 /dev/zero >&3; exec sleep 1000"));
  }

  @Test
  void filesThatAreOnlyMappedAreItsToo() throws Exception {
    Path plugin = runs.plugin("");
    ScriptRuns.write(
        plugin.resolve("plugin.sh"),
        "#!/usr/bin/env python3",
        "import mmap, os, time",
        "name = os.environ['PLUGIN_SCRATCH'] + '/file'",
        "file = os.open(name, os.O_RDWR | os.O_CREAT)",
        "os.write(file, bytes(5000000))",
        "kept = mmap.mmap(file, 4096)",
        "os.unlink(name)",
        "os.closerange(3, 256)",
        "time.sleep(1000)");

    assertHeld(runs.run(plugin));
  }

  @Test
  void filesThatOnlyAThreadHoldsAreItsToo() throws Exception {
    Path plugin = runs.plugin("");
    ScriptRuns.write(plugin.resolve("plugin.sh"), ThreadsOfTheirOwn.DELETED);

    assertHeld(runs.run(plugin));
  }

  @Test
  void filesThatStayInsideOfSocketsEndIt() throws Exception {
    assumeTrue(HiddenFiles.shownHere(), "this kernel doesn't show files in sockets: not run");
    Path plugin = runs.plugin("");
    ScriptRuns.write(plugin.resolve("plugin.sh"), HiddenFiles.PLUGIN);

    RunResult result = runs.run(plugin, Duration.ofSeconds(50));

    assertThat(result.outcome())
        .as(result.toString())
        .isEqualTo(RunResult.Outcome.OUTPUT_TOO_LARGE);
    assertThat(result.detail())
        .startsWith("it keeps 2 files inside of sockets, where their size can't be seen");
  }

  @Test
  void sharedMemoryIsItsToo() throws Exception {
    Path plugin = runs.plugin("");
    ScriptRuns.write(
        plugin.resolve("plugin.sh"),
        "#!/usr/bin/env python3",
        "import ctypes, os, sys, time",
        "c = ctypes.CDLL(None)",
        "c.shmat.restype = ctypes.c_void_p",
        "made = c.shmget(0, 5000000, 0o1600)",
        "ctypes.memset(c.shmat(made, None, 0), 1, 5000000)",
        "os.write(2, b'%d' % made)",
        "time.sleep(0.3)");

    RunResult result = runs.run(plugin);

    assertHeld(result);
    assertThat(SharedMemory.all(one -> one.kind().equals("-m")))
        .extracting(SharedMemory::id)
        .doesNotContain(Long.parseLong(result.stderr()));
  }

  private static void assertHeld(RunResult result) {
    assertThat(result.outcome())
        .as(result.toString())
        .isEqualTo(RunResult.Outcome.OUTPUT_TOO_LARGE);
    assertThat(result.detail())
        .startsWith("it held, with its scratch folder, deleted files")
        .contains("more than 4194304 bytes (plugins.max-scratch)");
  }

  @Test
  void foldersThatNobodyMayEnterAreEmptiedToo() throws Exception {
    assertOverfull(
        runs.script(
            "cd \"$PLUGIN_SCRATCH\" && mkdir closed && touch closed/file && chmod 0 closed",
            "for i in 1 2 3 4 5; do " + MEGABYTE + "$i; done"),
        "more than 4194304 bytes");
  }

  @Test
  void linksAreNeitherFollowedNorTheirTargetsDeleted() throws Exception {
    Path elsewhere = runs.scratch();
    Path large = Files.write(elsewhere.resolve("large"), new byte[8 << 20]);
    String link = "ln -sf " + elsewhere + " " + large + " \"$PLUGIN_SCRATCH\"";
    assertThat(runs.script(link).ok()).isTrue();

    assertOverfull(
        runs.script("for i in 1 2 3 4 5; do " + MEGABYTE + "\"$PLUGIN_SCRATCH/$i\"; done"),
        "more than 4194304 bytes");
    assertThat(large).hasSize(8 << 20);
  }

  @Test
  void oneThatGoesOnFillingIsEndedBeforeItsTime() throws Exception {
    Path plugin =
        runs.plugin(
            "i=0; while :; do i=$((i+1)); [ $i -gt 20 ] || " + fileOf("$i") + "; sleep 0.05; done");

    assertOverfull(runs.run(plugin, Duration.ofSeconds(50)), "more than 4194304 bytes");
  }

  private static String fileOf(String name) throws IOException {
    return MEGABYTE + "\"$PLUGIN_SCRATCH/" + name + "\"";
  }
}
