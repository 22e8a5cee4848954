package io.loda.agent.source.script.process;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** On a tree of plain files: few hosts give a test the controllers. */
class GroupLimitsTest {

  private static final GroupLimits LIMITS = new GroupLimits(1L << 30, 256);

  @TempDir private Path own;
  private Path runs;

  @BeforeEach
  void make() throws Exception {
    runs = Files.createDirectory(own.resolve("agent-plugins.1.2.ab.1"));
    Files.writeString(own.resolve("cgroup.procs"), "");
  }

  private String read(String file) throws Exception {
    return Files.readString(runs.resolve(file));
  }

  @Test
  void controllersThatAreThereAreTakenAndTheRunsLimitsSet() throws Exception {
    Files.writeString(own.resolve("cgroup.controllers"), "cpu memory pids\n");
    Files.writeString(own.resolve("cgroup.subtree_control"), "memory pids\n");

    Set<String> controllers = GroupLimits.enable(own, runs);
    LIMITS.set(runs, controllers);

    assertThat(controllers).containsExactlyInAnyOrder("memory", "pids", "cpu");
    assertThat(runs.resolve("cpu.weight")).hasContent("40");
    assertThat(read("memory.max")).isEqualTo("1073741824");
    assertThat(read("memory.swap.max")).isEqualTo("0");
    assertThat(read("memory.oom.group")).isEqualTo("1");
    assertThat(read("pids.max")).isEqualTo("256");
  }

  @Test
  void whatIsNotThereIsNotSet() throws Exception {
    Files.writeString(own.resolve("cgroup.controllers"), "io pids\n");
    Files.writeString(own.resolve("cgroup.subtree_control"), "\n");

    Set<String> controllers = GroupLimits.enable(own, runs);
    LIMITS.set(runs, controllers);

    assertThat(controllers).containsExactly("pids");
    assertThat(Files.readString(own.resolve("cgroup.subtree_control"))).isEqualTo("+pids");
    assertThat(runs.resolve("memory.max")).doesNotExist();
  }

  @Test
  void agentLeavesAGroupThatIsItsAlone() throws Exception {
    // as the kernel has it: no controllers for others where processes are
    Files.writeString(own.resolve("cgroup.controllers"), "memory\n");
    Files.createDirectory(own.resolve("cgroup.subtree_control"));
    String self = Long.toString(ProcessHandle.current().pid());
    Files.writeString(own.resolve("cgroup.procs"), self + "\n");

    assertThat(GroupLimits.enable(own, runs)).isEmpty();

    assertThat(Files.readString(own.resolve("agent-itself/cgroup.procs"))).isEqualTo(self);
  }

  @Test
  void agentStaysWhereOthersAre() throws Exception {
    Files.writeString(own.resolve("cgroup.controllers"), "memory\n");
    Files.createDirectory(own.resolve("cgroup.subtree_control"));
    Files.writeString(own.resolve("cgroup.procs"), "1\n" + ProcessHandle.current().pid() + "\n");

    assertThat(GroupLimits.enable(own, runs)).isEmpty();

    assertThat(own.resolve("agent-itself")).doesNotExist();
  }

  @Test
  void whatTheKernelEndedForItsMemoryIsOfTheRunInWhichItDid() throws Exception {
    Files.writeString(runs.resolve("cgroup.events"), "populated 0\nfrozen 0\n");
    Files.writeString(runs.resolve("memory.events"), "max 3\noom 1\noom_kill 1\n");
    List<RunGroup> free = new ArrayList<>();
    RunGroup group = new RunGroup(runs, true, free::add);
    assertThat(group.ranOutOfMemory()).isTrue();

    group.close();

    assertThat(free).containsExactly(group);
    assertThat(group.ranOutOfMemory()).isFalse();
    Files.writeString(runs.resolve("memory.events"), "max 5\noom 2\noom_kill 4\n");
    assertThat(group.ranOutOfMemory()).isTrue();
  }

  @Test
  void processorTimeOfAGroupThatSomebodyRemovedIsNeverNegative() throws Exception {
    Files.writeString(runs.resolve("cgroup.events"), "populated 0\n");
    Files.writeString(runs.resolve("cpu.stat"), "usage_usec 5000\n");
    RunGroup group = new RunGroup(runs, true, unused -> {});
    assertThat(group.cpuMicros()).isEqualTo(5000);
    group.close();
    Files.delete(runs.resolve("cpu.stat"));

    assertThat(group.cpuMicros()).isZero();
  }
}
