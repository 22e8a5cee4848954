package io.loda.agent.builtin.host;

import static io.loda.agent.builtin.FakeHost.values;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.entry;

import io.loda.agent.builtin.FakeHost;
import io.loda.agent.builtin.kit.StateFile;
import io.loda.agent.plugin.Metric;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KernelPluginTest {
  private static final long NOW = 1_795_225_573L;

  private final FakeHost fake;
  private final Path folder;
  private final Path logs;

  KernelPluginTest(@TempDir Path folder) throws IOException {
    this.folder = folder;
    fake = new FakeHost(folder);
    logs = Files.createDirectories(fake.host().root().resolve("var/log"));
  }

  private LoginSampler sampler() {
    Clock clock = Clock.fixed(Instant.ofEpochSecond(NOW), ZoneOffset.UTC);
    StateFile state = new StateFile(Optional.of(folder.resolve("state")), "logins");
    return new LoginSampler(fake.host(), state, clock);
  }

  private void record(String file, int type, String user, String remote, long seconds)
      throws IOException {
    ByteBuffer record = ByteBuffer.allocate(384).order(ByteOrder.nativeOrder());
    record.putShort(0, (short) type);
    record.put(8, "pts/0".getBytes(UTF_8));
    record.put(44, user.getBytes(UTF_8));
    record.put(76, remote.getBytes(UTF_8));
    record.putInt(340, (int) seconds);
    Files.write(
        logs.resolve(file), record.array(), StandardOpenOption.CREATE, StandardOpenOption.APPEND);
  }

  @Test
  void countsFileHandles() throws IOException {
    fake.proc("sys/fs/file-nr", "1024\t0\t9223372036854775807\n");
    assertThat(values(new FileHandleSampler(fake.host()).collect()))
        .containsEntry("kernel.files.max", (double) Long.MAX_VALUE)
        .containsEntry("kernel.files.allocated.percent", 0.0);

    fake.proc("sys/fs/file-nr", "1024\t0\t3000\n");
    assertThat(values(new FileHandleSampler(fake.host()).collect()))
        .containsOnly(
            entry("kernel.files.max", 3000.0),
            entry("kernel.files.allocated", 1024.0),
            entry("kernel.files.allocated.percent", 34.13),
            entry("kernel.files.left", 1976.0));
  }

  @Test
  void saysEachLoginOnceAlsoAfterARestart() throws IOException {
    record("wtmp", 7, "old", "", NOW - 301);
    record("wtmp", 7, "ann", "10.0.0.9", NOW - 10);
    record("wtmp", 8, "", "", NOW - 5); // the end of a session
    record("btmp", 6, "root", "6.6.6.6", NOW - 3);

    LoginSampler sampler = sampler();
    assertThat(sampler.collect())
        .containsExactly(
            new Metric(
                "kernel.user.login",
                NOW - 10,
                Map.of("user", "ann", "remote", "10.0.0.9", "device", "pts/0", "success", "true"),
                1.0),
            new Metric(
                "kernel.user.login",
                NOW - 3,
                Map.of("user", "root", "remote", "6.6.6.6", "device", "pts/0", "success", "false"),
                0.0));
    assertThat(sampler.collect()).isEmpty();

    record("wtmp", 7, "bob", "", NOW - 900); // while the agent was away
    LoginSampler restarted = sampler();
    assertThat(restarted.collect())
        .extracting(metric -> metric.tags().get("user"))
        .containsExactly("bob");
  }

  @Test
  void readsARotatedFileToItsEnd() throws IOException {
    record("wtmp", 7, "ann", "", NOW);
    LoginSampler sampler = sampler();
    sampler.collect();
    record("wtmp", 7, "bob", "", NOW);
    Files.move(logs.resolve("wtmp"), logs.resolve("wtmp.1"));
    record("wtmp", 7, "cid", "", NOW);

    assertThat(sampler.collect())
        .extracting(metric -> metric.tags().get("user"))
        .containsExactly("bob", "cid");
  }

  @Test
  void pieceOfARecordAtARotatedFilesEndHoldsUpNothing() throws IOException {
    record("wtmp", 7, "ann", "", NOW);
    LoginSampler sampler = sampler();
    sampler.collect();
    Files.write(logs.resolve("wtmp"), new byte[10], StandardOpenOption.APPEND);
    Files.move(logs.resolve("wtmp"), logs.resolve("wtmp.1"));
    record("wtmp", 7, "cid", "", NOW);

    assertThat(sampler.collect())
        .extracting(metric -> metric.tags().get("user"))
        .containsExactly("cid");
  }

  @Test
  void saysNothingWhereNobodyRecordsLogins() throws IOException {
    assertThat(sampler().collect()).isEmpty();
  }
}
