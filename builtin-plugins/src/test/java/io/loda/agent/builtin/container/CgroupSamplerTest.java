package io.loda.agent.builtin.container;

import static io.loda.agent.builtin.FakeHost.values;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.entry;

import io.loda.agent.builtin.FakeHost;
import io.loda.agent.builtin.kit.Samplers;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CgroupSamplerTest {
  private static final String A = "0123456789abcdef".repeat(4);
  private static final String B = "b".repeat(64);

  private final FakeHost fake;

  CgroupSamplerTest(@TempDir Path folder) {
    fake = new FakeHost(folder);
    fake.proc("stat", "cpu  1 1 1 1\ncpu0 1 1 1 1\ncpu1 1 1 1 1\nintr 5\n");
  }

  private CgroupSampler sampler(int depth) {
    ContainerNames names =
        new ContainerNames(
            List.of(ids -> Map.of(A, new Container("web", "nginx:1"))), () -> fake.nanoTime);
    CgroupSampler sampler = new CgroupSampler(fake.host(), depth, names, () -> fake.nanoTime);
    return Samplers.begun(sampler);
  }

  private void unified(String path, long cpuMicros, long bytes, long inactive, String limit) {
    String group = "fs/cgroup/" + path + "/";
    fake.sys("fs/cgroup/cgroup.controllers", "cpu memory\n")
        .sys(group + "cpu.stat", "usage_usec %d\nuser_usec 1\nsystem_usec 1\n".formatted(cpuMicros))
        .sys(group + "memory.current", bytes + "\n")
        .sys(group + "memory.stat", "anon 1\ninactive_file %d\n".formatted(inactive))
        .sys(group + "memory.max", limit + "\n");
  }

  private void legacy(String path, long cpuNanos, long bytes, long inactive, String limit) {
    String cpu = "fs/cgroup/cpu,cpuacct/" + path + "/";
    String memory = "fs/cgroup/memory/" + path + "/";
    fake.sys(cpu + "cpuacct.usage", cpuNanos + "\n")
        .sys(memory + "memory.usage_in_bytes", bytes + "\n")
        .sys(memory + "memory.limit_in_bytes", limit + "\n")
        .sys(memory + "memory.stat", "inactive_file 7\ntotal_inactive_file " + inactive + "\n");
  }

  @Test
  void measuresContainersAndServicesOfVersionTwo() throws IOException {
    String pod = "kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod1.slice/";
    unified("system.slice/docker-" + A + ".scope", 1_000_000, 5_000_000_000L, 1000, "6000000000");
    unified("system.slice/ssh.service", 0, 4096, 0, "max");
    unified(pod + "cri-containerd-" + B + ".scope", 0, 9000, 9001, "max");
    CgroupSampler sampler = sampler(2);
    fake.pass(10);
    unified("system.slice/docker-" + A + ".scope", 6_000_000, 5_000_000_000L, 1000, "6000000000");
    unified("system.slice/ssh.service", 12_345, 4096, 0, "max");

    String a = "{container=" + A + ", image=nginx:1, name=web}";
    assertThat(values(sampler.collect()))
        .containsOnly(
            entry("container.cpu" + a, 25.0),
            entry("container.mem" + a, 4_999_999_000.0),
            entry("container.mem.limit" + a, 6_000_000_000.0),
            entry("container.cpu{container=" + B + "}", 0.0),
            entry("container.mem{container=" + B + "}", 0.0),
            entry("cgroup.cpu{cgroup=/system.slice/ssh.service}", 0.06),
            entry("cgroup.mem{cgroup=/system.slice/ssh.service}", 4096.0));
  }

  @Test
  void measuresContainersAndServicesOfVersionOne() throws IOException {
    legacy("docker/" + A, 1L << 40, 5000, 1000, "6000");
    legacy("user.slice", 100, 10, 0, "9223372036854771712");
    CgroupSampler sampler = sampler(1);
    fake.pass(2);
    legacy("docker/" + A, (1L << 40) + 1_000_000_000L, 5000, 1000, "6000");
    legacy("user.slice", 50, 10, 0, "9223372036854771712"); // made anew: no rate

    String a = "{container=" + A + ", image=nginx:1, name=web}";
    assertThat(values(sampler.collect()))
        .containsOnly(
            entry("container.cpu" + a, 25.0),
            entry("container.mem" + a, 4000.0),
            entry("container.mem.limit" + a, 6000.0),
            entry("cgroup.mem{cgroup=/user.slice}", 10.0));
  }

  @Test
  void groupsComeAndGo() throws IOException {
    unified("one.slice", 1, 1, 0, "max");
    CgroupSampler sampler = sampler(1);
    fake.pass(10);
    Path one = fake.host().sys().resolve("fs/cgroup/one.slice");
    for (String file : List.of("cpu.stat", "memory.current", "memory.stat", "memory.max")) {
      Files.delete(one.resolve(file));
    }
    Files.delete(one);
    unified("two.slice", 1, 1, 0, "max");

    assertThat(values(sampler.collect())).containsOnly(entry("cgroup.mem{cgroup=/two.slice}", 1.0));
  }

  @Test
  void takesNoMonitorForItsContainerAndLooksIntoNone() throws IOException {
    unified("machine.slice/libpod-" + A + ".scope/container", 1, 1, 0, "max");
    unified("machine.slice/libpod-" + A + ".scope", 1, 2, 0, "max");
    unified("machine.slice/libpod-conmon-" + A + ".scope", 1, 3, 0, "max");

    assertThat(values(sampler(0).collect()))
        .containsOnly(entry("container.mem{container=" + A + ", image=nginx:1, name=web}", 2.0));
  }

  @Test
  void saysWhenThereAreNoGroups() {
    assertThatThrownBy(() -> sampler(2).collect())
        .hasMessageContaining("no control groups in")
        .hasMessageEndingWith("is it the host's /sys?");
  }
}
