package io.loda.agent.builtin;

import static io.loda.agent.builtin.FakeHost.values;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.entry;

import io.loda.agent.plugin.Metric;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FsSamplerTest {
  private final FakeHost fake;
  private final Path folder;

  FsSamplerTest(@TempDir Path folder) {
    this.folder = folder;
    fake = new FakeHost(folder);
  }

  @Test
  void listsRealFileSystemsEachDeviceOnce() throws IOException {
    fake.proc(
        "mounts",
        """
        proc /proc proc rw,relatime 0 0
        /dev/vda /var/lib/docker/bind ext4 rw,relatime 0 0
        /dev/vda / ext4 rw,relatime 0 0
        tmpfs /run tmpfs rw 0 0
        files /tmp/x tmpfs rw 0 0
        /dev/vdb1 /data\\040one xfs ro,noatime 0 0
        nas:/export /mnt/nas nfs4 rw,vers=4.2 0 0
        nas:/export /mnt/other nfs4 rw,vers=4.2 0 0
        overlay /var/lib/docker/overlay2/m overlay rw 0 0
        /dev/loop0 /snap/core squashfs ro 0 0
        none /odd ext4 rw 0 0
        host:/ /home/x/sshfs fuse.sshfs rw 0 0
        /dev/vdc /devices ext4 rw 0 0
        """);

    assertThat(Mount.list(fake.host().proc().resolve("mounts")))
        .containsExactly(
            new Mount("/dev/vda", "/", false),
            new Mount("/dev/vdb1", "/data one", true),
            new Mount("nas:/export", "/mnt/nas", false),
            new Mount("nas:/export", "/mnt/other", false),
            new Mount("/dev/vdc", "/devices", false));
  }

  @Test
  void measuresSpaceAndInodesAsDfDoesAndWritesReadsAndRemovesAFile() throws Exception {
    Host host = new Host(Path.of("/proc"), Path.of("/sys"), folder);
    Map<String, Object> values =
        values(new MountProbe(host).measure(new Mount("/dev/x", "/", false)));
    double total = Files.getFileStore(folder).getTotalSpace() / 1048576.0;

    assertThat(values)
        .containsEntry("fs.files.rw{mount=/}", 1.0)
        .containsKeys(
            "fs.space.used{mount=/}",
            "fs.space.free{mount=/}",
            "fs.space.used.percent{mount=/}",
            "fs.inodes.used.percent{mount=/}")
        .containsEntry("fs.space.total{mount=/}", TwoDecimals.cut(total));
    try (var left = Files.list(folder)) {
      assertThat(left).isEmpty();
    }
  }

  @Test
  void doesntFollowALinkThatWasPutInTheTestFilesPlace() throws Exception {
    Path victim = Files.writeString(folder.resolve("victim"), "precious");
    Files.createSymbolicLink(folder.resolve(".loda-fs-detect"), victim);
    Host host = new Host(Path.of("/proc"), Path.of("/sys"), folder);

    assertThat(values(new MountProbe(host).measure(new Mount("/dev/x", "/", false))))
        .containsEntry("fs.files.rw{mount=/}", 1.0);
    assertThat(victim).hasContent("precious");
  }

  @Test
  void showsAMountThatHangsWithoutWaitingForItAndAsksItOnce() throws Exception {
    fake.proc("mounts", "/dev/vda / ext4 rw 0 0\nnas:/x /nas nfs rw 0 0\n");
    CountDownLatch answer = new CountDownLatch(1);
    AtomicInteger asked = new AtomicInteger();
    FsSampler sampler =
        new FsSampler(
            fake.host(),
            mount -> {
              if (mount.path().equals("/nas")) {
                asked.incrementAndGet();
                answer.await();
              }
              return List.of(Metric.of("fs.files.rw", 1, "mount", mount.path()));
            },
            Duration.ofMillis(300));
    for (int round = 0; round < 3; round++) {
      assertThat(values(sampler.collect()))
          .containsOnly(entry("fs.files.rw{mount=/}", 1.0), entry("fs.files.rw{mount=/nas}", 0.0));
    }
    assertThat(asked).hasValue(1);

    answer.countDown();
    assertThat(values(sampler.collect())).containsEntry("fs.files.rw{mount=/nas}", 1.0);
    sampler.close();
  }
}
