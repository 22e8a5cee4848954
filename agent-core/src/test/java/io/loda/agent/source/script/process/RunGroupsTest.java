package io.loda.agent.source.script.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RunGroupsTest {

  private static final String MOUNTS =
      """
      24 1 0:5 / /proc rw,relatime - proc proc rw
      25 1 0:27 / /sys/fs/cgroup/unified rw,nosuid shared:9 - cgroup2 cgroup2 rw,nsdelegate
      """;

  @Test
  void ownGroupIsFoundBelowTheMount() {
    assertThat(RunGroups.find("1:cpu:/a\n0::/system.slice/agent.service\n", MOUNTS))
        .isEqualTo(Path.of("/sys/fs/cgroup/unified/system.slice/agent.service"));
    assertThat(RunGroups.find("0::/\n", MOUNTS)).isEqualTo(Path.of("/sys/fs/cgroup/unified"));
  }

  @Test
  void mountOfAPartIsUnderstood() {
    String part = "25 1 0:27 /docker/a /sys/fs/cgroup ro - cgroup2 cgroup ro\n";

    assertThat(RunGroups.find("0::/docker/a/b\n", part)).isEqualTo(Path.of("/sys/fs/cgroup/b"));
    assertThat(RunGroups.find("0::/other\n", part)).isNull();
  }

  @Test
  void withoutVersionTwoOrOutsideTheNamespaceThereIsNone() {
    assertThat(RunGroups.find("1:cpu:/a\n", MOUNTS)).isNull();
    assertThat(RunGroups.find("0::/a\n", "24 1 0:5 / /proc rw - proc proc rw\n")).isNull();
    assertThat(RunGroups.find("0::/../other\n", MOUNTS)).isNull();
  }

  @Test
  void folderThatIsNoGroupGivesNone(@TempDir Path folder) throws Exception {
    try (RunGroups groups = new RunGroups(folder.resolve("none"), GroupLimits.NONE)) {
      assertThat(groups.open().exists()).isFalse();
      assertThat(groups.open().entry()).isEmpty();
    }
  }

  @Test
  void emptyGroupIsUsedAgainAndNoneIsLeft() throws Exception {
    String first;
    try (RunGroups groups = RunGroups.limited(GroupLimits.NONE)) {
      try (RunGroup group = groups.open()) {
        assumeTrue(group.exists(), "no control groups can be made here: not run");
        first = group.entry();
        assertThat(group.isEmpty()).isTrue();
        try (RunGroup other = groups.open()) {
          assertThat(other.entry()).isNotEqualTo(first);
        }
      }
      try (RunGroup group = groups.open();
          RunGroup other = groups.open();
          RunGroup third = groups.open()) {
        assertThat(group.entry()).isNotEqualTo(other.entry()).isNotEqualTo(third.entry());
      }
    }
    assertThat(Path.of(first, "../..").normalize()).doesNotExist();
  }

  @Test
  void whatAKilledAgentLeftIsEnded() throws Exception {
    try (RunGroups groups = RunGroups.limited(GroupLimits.NONE);
        RunGroup group = groups.open()) {
      assumeTrue(group.exists(), "no control groups can be made here: not run");
      Path own = Path.of(group.entry(), "../../..").normalize();
      Path stale = Files.createDirectories(own.resolve("agent-plugins.1.999999999.ab.1/7"));
      Process left =
          new ProcessBuilder(
                  "/bin/sh",
                  "-c",
                  "echo 0 >\"$1\"; exec sleep 1000",
                  "sh",
                  stale.resolve("cgroup.procs").toString())
              .start();
      try {
        await().until(() -> !Files.readString(stale.resolve("cgroup.procs")).isEmpty());

        try (RunGroups next = RunGroups.limited(GroupLimits.NONE);
            RunGroup unused = next.open()) {
          await().until(() -> !left.isAlive());
          assertThat(stale).doesNotExist();
          assertThat(Path.of(unused.entry())).exists();
          assertThat(Path.of(group.entry())).exists();
        }
      } finally {
        left.destroyForcibly();
      }
    }
  }
}
