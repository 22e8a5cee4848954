package io.loda.agent.builtin.process;

import static io.loda.agent.builtin.FakeHost.stat;
import static io.loda.agent.builtin.FakeHost.values;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.entry;

import io.loda.agent.builtin.FakeHost;
import io.loda.agent.builtin.kit.ItemFields;
import io.loda.agent.builtin.kit.Samplers;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

class ProcSamplerTest {
  private static final String NSQD = "/usr/bin/nsqd";

  private final FakeHost fake;

  ProcSamplerTest(@TempDir Path folder) {
    fake = new FakeHost(folder);
    host(1000, 100.0);
    fake.process(7, NSQD, stat(7, "nsqd", 'S', 50, 10))
        .proc("7/status", "Name:\tnsqd\nUid:\t500\t501\t500\t500\n")
        .proc("7/statm", "4000 2965 900 1 0 800 0\n")
        .proc("7/io", "rchar: 9\nwchar: 9\nread_bytes: 1000\nwrite_bytes: 4000\n")
        .proc("7/fd/0", "")
        .proc("7/fd/1", "")
        .process(8, "/usr/bin/other", stat(8, "other", 'S', 5, 10))
        .proc("9/stat", stat(9, "kthread", 'S', 5, 10));
  }

  private void host(long ticks, double uptime) {
    fake.proc("stat", "cpu  %d 0 0 0 0 0 0 0 0 0\n".formatted(ticks));
    fake.proc("uptime", uptime + " 1.0\n");
  }

  private ProcSampler sampler(String... item) {
    ItemFields given = new ItemFields(fake.parameters(item));
    ProcSampler sampler =
        new ProcSampler(
            "PROC.nsqd",
            fake.host(),
            new ProcessTable(fake.host().proc(), () -> fake.nanoTime),
            ProcessSelection.of(given, fake.host()),
            () -> fake.nanoTime);
    return Samplers.begun(sampler);
  }

  private double count(String... item) throws IOException {
    return (double) sampler(item).collect().get(0).value();
  }

  @Test
  void addsUpTheProcessesOfAProgramAndGivesRatesSinceTheLastReading() throws IOException {
    ProcSampler sampler = sampler("bin_path", NSQD);
    fake.pass(10);
    host(3000, 110.0);
    fake.proc("7/stat", stat(7, "nsqd", 'R', 150, 10))
        .proc("7/io", "read_bytes: 2001\nwrite_bytes: 4000\n")
        .process(70, NSQD, stat(70, "nsqd", 'R', 20, 10_500))
        .proc("70/statm", "4 1 1 1 0 1 0\n")
        .proc("70/io", "read_bytes: 0\nwrite_bytes: 50\n")
        .proc("70/fd/0", "");

    assertThat(values(sampler.collect()))
        .containsOnly(
            entry("PROC.nsqd.procnum", 2.0),
            entry("PROC.nsqd.fdnum", 3.0),
            entry("PROC.nsqd.mem", 2966.0 * PageSize.BYTES),
            entry("PROC.nsqd.cpu", 6.0),
            entry("PROC.nsqd.io.read", 101.0),
            entry("PROC.nsqd.io.write", 5.0));
  }

  @Test
  void hasNoRatesAtFirst() throws IOException {
    assertThat(values(sampler("bin_path", NSQD).collect()))
        .containsOnlyKeys("PROC.nsqd.procnum", "PROC.nsqd.fdnum", "PROC.nsqd.mem");
  }

  @Test
  void saysZeroWhenNothingRuns() throws IOException {
    ProcSampler sampler = sampler("bin_path", "/usr/bin/missing");
    fake.pass(10);
    host(3000, 110.0);

    assertThat(values(sampler.collect()).values()).hasSize(6).containsOnly(0.0);
  }

  @Test
  void countsAProgramThatWasReplacedOnDisk() throws IOException {
    fake.process(7, NSQD + " (deleted)", stat(7, "nsqd", 'S', 50, 10));

    assertThat(count("bin_path", NSQD)).isEqualTo(1.0);
  }

  @Test
  void doesntCountWhatAProcessDidBeforeItBecameTheProgram() throws IOException {
    fake.process(6, "/bin/sh", stat(6, "sh", 'S', 5000, 5));
    ProcSampler sampler = sampler("bin_path", NSQD);
    fake.pass(10);
    host(3000, 110.0);
    fake.process(6, NSQD, stat(6, "nsqd", 'S', 5100, 5));

    assertThat(values(sampler.collect())).containsEntry("PROC.nsqd.cpu", 0.0);
  }

  @Test
  void takesAPidThatIsUsedAgainForAnotherProcess() throws IOException {
    ProcSampler sampler = sampler("bin_path", NSQD);
    fake.pass(10);
    host(3000, 110.0);
    fake.process(7, NSQD, stat(7, "nsqd", 'S', 40, 10_900));

    assertThat(values(sampler.collect())).containsEntry("PROC.nsqd.cpu", 2.0);
  }

  @Test
  void selectsByArgumentsUserAndPidFile() throws IOException {
    fake.proc("7/cmdline", "nsqd\0--data-path\0/data\0")
        .root("etc/passwd", "root:x:0:0::/:/bin/sh\nqueue:x:501:500::/:/bin/sh\n")
        .root("run/nsqd.pid", "7\n");

    assertThat(count("cmdline", "--data-path /d")).isEqualTo(1.0);
    assertThat(count("cmdline", "--other")).isEqualTo(0.0);
    assertThat(count("bin_path", NSQD, "user", "queue")).isEqualTo(1.0);
    assertThat(count("bin_path", NSQD, "user", "501")).isEqualTo(1.0);
    assertThat(count("bin_path", NSQD, "user", "0")).isEqualTo(0.0);
    assertThat(count("pid_file", "/run/nsqd.pid")).isEqualTo(1.0);
    assertThat(count("pid_file", "/run/none.pid")).isEqualTo(0.0);
    assertThat(count("pid_file", "/run/nsqd.pid", "bin_path", "/usr/bin/other")).isEqualTo(0.0);
  }

  @Test
  void looksAtTheBeginningOfArgumentsWithoutAnEnd() throws IOException {
    Path arguments = fake.host().proc().resolve("7/cmdline");
    Files.delete(arguments);
    Files.createSymbolicLink(arguments, Path.of("/dev/zero"));
    assertThat(count("cmdline", "nsqd")).isZero();

    Files.delete(arguments);
    fake.proc("7/cmdline", "nsqd\0" + "x\0".repeat(100_000) + "--last\0");
    assertThat(count("cmdline", "^nsqd x")).isEqualTo(1.0);
    assertThat(count("cmdline", "--last")).isZero();
  }

  /** A user chooses his programs' arguments, and could make a pattern try for years. */
  @Test
  @Timeout(60)
  void givesUpArgumentsThatKeepAPatternBusy() throws IOException {
    fake.proc("7/cmdline", "a".repeat(60) + "!\0").proc("8/cmdline", "other\0");

    assertThat(count("cmdline", "^(.*a){16}$|other")).isEqualTo(1.0);
  }

  @Test
  @Timeout(30)
  void waitsForNoPipeInThePlaceOfAPidFile() throws Exception {
    fake.root("run/other", "");
    Path pipe = fake.host().root().resolve("run/pipe.pid");
    new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor();

    assertThatThrownBy(() -> count("pid_file", "/run/pipe.pid"))
        .hasMessageContaining("is a named pipe");
  }

  @Test
  void looksThroughProcOnceForTheItemsOfARound() throws IOException {
    ProcessTable table = new ProcessTable(fake.host().proc(), () -> fake.nanoTime);
    ProcessTable.Snapshot first = table.snapshot();
    fake.pass(0.9);
    assertThat(table.snapshot()).isSameAs(first);
    fake.pass(0.1);
    assertThat(table.snapshot()).isNotSameAs(first);
  }

  @Test
  void leavesAProcessOutThatEndsMeanwhile() throws IOException {
    Files.delete(fake.host().proc().resolve("7/stat"));

    assertThat(count("bin_path", NSQD)).isEqualTo(0.0);
  }

  @Test
  void refusesAnItemThatNamesNoProcess() {
    Map<String, String> item = fake.parameters("name", "PROC.nsqd");

    assertThatThrownBy(() -> new ProcPlugin().open(item))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "bin_path: expected the path of a program (or cmdline, user or pid_file), found none");

    item.put("cmdline", "a(b");
    assertThatThrownBy(() -> new ProcPlugin().open(item))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("cmdline: expected a regular expression, found \"a(b\": Unclosed group at 3");
  }
}
