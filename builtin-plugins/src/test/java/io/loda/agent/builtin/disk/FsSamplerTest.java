package io.loda.agent.builtin.disk;

import static io.loda.agent.builtin.FakeHost.values;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.entry;

import io.loda.agent.builtin.FakeHost;
import io.loda.agent.builtin.kit.HostTrees;
import io.loda.agent.builtin.kit.TwoDecimals;
import io.loda.agent.plugin.Metric;
import io.loda.common.files.Attacker;
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
  /**
   * Each look at a mount that hangs takes as long, and those that answer must on a busy machine.
   */
  private static final Duration TIMEOUT = Duration.ofSeconds(2);

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
            new Mount("files", "/tmp/x", false),
            new Mount("/dev/vdb1", "/data one", true),
            new Mount("nas:/export", "/mnt/nas", false),
            new Mount("nas:/export", "/mnt/other", false),
            new Mount("/dev/vdc", "/devices", false));
  }

  @Test
  void measuresSpaceAsDfDoesAndWritesReadsAndRemovesAFile() throws Exception {
    HostTrees host = new HostTrees(Path.of("/proc"), Path.of("/sys"), folder);
    Map<String, Object> values =
        values(new MountProbe(host).measure(new Mount("/dev/x", "/", false)));
    double total = Files.getFileStore(folder).getTotalSpace() / 1048576.0;

    assertThat(values)
        .containsEntry("fs.files.rw{mount=/}", 1.0)
        .containsKeys(
            "fs.space.used{mount=/}", "fs.space.free{mount=/}", "fs.space.used.percent{mount=/}")
        .containsEntry("fs.space.total{mount=/}", TwoDecimals.cut(total));
    try (var left = Files.list(folder)) {
      assertThat(left).isEmpty();
    }
  }

  @Test
  void doesntFollowALinkThatWasPutInTheTestFilesPlace() throws Exception {
    Path victim = Files.writeString(folder.resolve("victim"), "precious");
    Files.createSymbolicLink(folder.resolve(".loda-fs-detect"), victim);
    HostTrees host = new HostTrees(Path.of("/proc"), Path.of("/sys"), folder);

    assertThat(values(new MountProbe(host).measure(new Mount("/dev/x", "/", false))))
        .containsEntry("fs.files.rw{mount=/}", 1.0);
    assertThat(victim).hasContent("precious");
  }

  @Test
  void isDisturbedByNothingThatOthersPutThere() throws Exception {
    Files.createDirectories(folder.resolve(".loda-fs-detect/x"));
    Path link = Files.createSymbolicLink(folder.resolve(".loda-fs-detect-1"), folder);
    Path left = Files.writeString(folder.resolve(".loda-fs-detect-2"), "FS-RW then");
    Path large = Files.writeString(folder.resolve(".loda-fs-detect-3"), "x".repeat(1_000));
    HostTrees host = new HostTrees(Path.of("/proc"), Path.of("/sys"), folder);

    assertThat(values(new MountProbe(host).measure(new Mount("/dev/x", "/", false))))
        .containsEntry("fs.files.rw{mount=/}", 1.0);
    assertThat(left).as("what a killed agent left").doesNotExist();
    try (var names = Files.list(folder)) {
      assertThat(names).containsExactlyInAnyOrder(folder.resolve(".loda-fs-detect"), link, large);
    }
  }

  @Test
  void isNoFaultOfTheMountsThatSomebodyDeletesTheTestFile() throws Exception {
    Attacker.assumePossible();
    Files.setAttribute(folder, "unix:mode", 0777);
    HostTrees host = new HostTrees(Path.of("/proc"), Path.of("/sys"), folder);
    MountProbe probe = new MountProbe(host);
    String loop =
        """
        import os, sys
        os.setgroups([]); os.setgid(65534); os.setuid(65534)
        os.chdir(sys.argv[1])
        print('on', flush=True)
        while True:
            for name in os.listdir('.'):
                try: os.unlink(name); os.mkdir(name)
                except OSError: pass
        """;
    try (Attacker deleting = Attacker.running("python3", "-c", loop, folder.toString())) {
      for (int i = 0; i < 50; i++) {
        assertThat(values(probe.measure(new Mount("/dev/x", "/", false))))
            .containsEntry("fs.files.rw{mount=/}", 1.0);
      }
      deleting.requireAlive();
    }
  }

  @Test
  void showsAMountThatHangsWithoutWaitingForItAndAsksItOnce() throws Exception {
    fake.proc("mounts", "/dev/vda / ext4 rw 0 0\nnas:/x /nas nfs rw 0 0\n");
    CountDownLatch answer = new CountDownLatch(1);
    AtomicInteger asked = new AtomicInteger();
    FsSampler sampler =
        new FsSampler(
            fake.host(),
            new MountWorkers(),
            mount -> {
              if (mount.path().equals("/nas")) {
                asked.incrementAndGet();
                answer.await();
              }
              return List.of(Metric.of("fs.files.rw", 1, "mount", mount.path()));
            },
            InodeUsage.ofTheHost(),
            TIMEOUT);
    for (int round = 0; round < 3; round++) {
      assertThat(values(sampler.collect()))
          .containsOnly(entry("fs.files.rw{mount=/}", 1.0), entry("fs.files.rw{mount=/nas}", 0.0));
    }
    assertThat(asked).hasValue(1);

    answer.countDown();
    assertThat(values(sampler.collect())).containsEntry("fs.files.rw{mount=/nas}", 1.0);
    sampler.close();
  }

  private FsSampler sampler(MountWorkers workers, InodeUsage inodes, FsSampler.Probe probe) {
    return new FsSampler(fake.host(), workers, probe, inodes, TIMEOUT);
  }

  private static List<Metric> good(Mount mount) {
    return List.of(Metric.of("fs.files.rw", 1, "mount", mount.path()));
  }

  @Test
  void aSamplerThatIsOpenedAnewDoesntAskAMountThatHangsAgain() throws Exception {
    fake.proc("mounts", "nas:/x /nas nfs rw 0 0\n");
    CountDownLatch answer = new CountDownLatch(1);
    AtomicInteger asked = new AtomicInteger();
    MountWorkers workers = new MountWorkers();
    FsSampler.Probe hanging =
        mount -> {
          asked.incrementAndGet();
          answer.await();
          return good(mount);
        };
    for (int i = 0; i < 3; i++) {
      try (FsSampler sampler = sampler(workers, InodeUsage.ofTheHost(), hanging)) {
        assertThat(values(sampler.collect())).containsOnly(entry("fs.files.rw{mount=/nas}", 0.0));
      }
    }
    answer.countDown();
    assertThat(asked).hasValue(1);
  }

  @Test
  void asksForTheInodesOfAllMountsThatAnswerAtOnce() throws Exception {
    fake.root("a/x", "").root("b c/x", "").root("hanging/x", "");
    fake.proc(
        "mounts",
        "/dev/vda /a ext4 rw 0 0\n/dev/vdb /b\\040c ext4 rw 0 0\nnas:/x /hanging nfs rw 0 0\n");
    Path calls = folder.resolve("calls");
    Path stat =
        Files.writeString(
            folder.resolve("stat"),
            """
            #!/bin/sh
            echo "$*" >>'%s'
            for path; do echo "1000 995 $path"; done
            """
                .formatted(calls));
    assertThat(stat.toFile().setExecutable(true)).isTrue();
    CountDownLatch never = new CountDownLatch(1);
    FsSampler sampler =
        sampler(
            new MountWorkers(),
            new InodeUsage(stat.toString()),
            mount -> {
              if (mount.path().equals("/hanging")) {
                never.await();
              }
              return good(mount);
            });

    assertThat(values(sampler.collect()))
        .containsEntry("fs.inodes.used.percent{mount=/a}", 1.0)
        .containsEntry("fs.inodes.used.percent{mount=/b c}", 1.0)
        .doesNotContainKey("fs.inodes.used.percent{mount=/hanging}");
    String root = fake.host().root().toString();
    assertThat(calls).hasContent(root + "/a " + root + "/b c");
    never.countDown();
  }

  @Test
  void startsNoSecondProgramWhileTheFirstOneHangs() throws Exception {
    Path calls = folder.resolve("calls");
    Path stat =
        Files.writeString(
            folder.resolve("stat"), "#!/bin/sh\necho x >>'%s'\nexec sleep 10\n".formatted(calls));
    assertThat(stat.toFile().setExecutable(true)).isTrue();
    InodeUsage inodes = new InodeUsage(stat.toString());
    Thread first =
        new Thread(
            () -> {
              try {
                inodes.usedPercent(List.of(folder));
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              }
            });
    first.start();
    // it is there before something is in it
    while (!Files.exists(calls) || Files.size(calls) == 0) {
      Thread.onSpinWait();
    }
    first.interrupt(); // as when the agent gives the measurement up; the child lives on
    first.join();

    assertThat(inodes.usedPercent(List.of(folder))).isEmpty();
    assertThat(calls).hasContent("x");
  }

  @Test
  void leavesTheInodesOutWhereNoProgramSaysThem() throws Exception {
    assertThat(new InodeUsage("/no/such/stat").usedPercent(List.of(folder))).isEmpty();
    assertThat(InodeUsage.ofTheHost().usedPercent(List.of(folder.resolve("missing")))).isEmpty();
  }
}
