package io.loda.agent.assignment;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class AssignmentSetTest {

  private static final Assignment CPU = HostProbes.probe("CPU", Duration.ofSeconds(10));
  private static final Assignment SLOW_CPU = HostProbes.probe("CPU", Duration.ofSeconds(60));
  private static final Assignment PORT_A = port("a", "PORT.ssh.22", "22");
  private static final Assignment PORT_B = port("b", "PORT.ssh.22", "22");

  @Test
  void aHostProbeOfTwoNamespacesRunsOnceAtTheShorterInterval() {
    assertThat(set(SLOW_CPU, CPU).assignments()).containsExactly(Map.entry("CPU", CPU));
    assertThat(set(CPU, SLOW_CPU).assignments()).containsExactly(Map.entry("CPU", CPU));
  }

  @Test
  void aNamespacesOwnProbesStayApart() {
    assertThat(set(PORT_A, PORT_B).assignments().values()).containsExactly(PORT_A, PORT_B);
  }

  @Test
  void whatWasLeftOutInEachNamespaceIsKept() {
    RejectedItem one = new RejectedItem("a", "x", "why", "");
    RejectedItem two = new RejectedItem("b", "y", "why", "");

    assertThat(
            AssignmentSet.of(
                    Map.of("a", "1", "b", "2"),
                    List.of(
                        new AssignmentParser.Parsed(List.of(), List.of(one)),
                        new AssignmentParser.Parsed(List.of(), List.of(two))))
                .rejected())
        .containsExactly(one, two);
  }

  @Test
  void nothingChangesBetweenEqualSets() {
    assertThat(set(CPU, PORT_A).diff(set(PORT_A, CPU)))
        .isEqualTo(new AssignmentSet.Diff(List.of(), List.of()));
  }

  @Test
  void aChangeIsARemovalAndAnAddition() {
    Assignment changed = port("a", "PORT.ssh.22", "2222");

    assertThat(set(CPU, PORT_A).diff(set(CPU, changed)))
        .isEqualTo(new AssignmentSet.Diff(List.of(PORT_A.key()), List.of(changed)));
  }

  @Test
  void whatComesAndWhatGoesIsSaid() {
    assertThat(set(CPU, PORT_A).diff(set(CPU, PORT_B)))
        .isEqualTo(new AssignmentSet.Diff(List.of(PORT_A.key()), List.of(PORT_B)));
    assertThat(AssignmentSet.EMPTY.diff(set(CPU)).added()).containsExactly(CPU);
    assertThat(set(CPU).diff(AssignmentSet.EMPTY).removed()).containsExactly("CPU");
  }

  private static AssignmentSet set(Assignment... assignments) {
    return AssignmentSet.of(
        Map.of("a", "", "b", ""),
        List.of(assignments).stream()
            .map(assignment -> new AssignmentParser.Parsed(List.of(assignment), List.of()))
            .toList());
  }

  private static Assignment port(String namespace, String name, String port) {
    return new Assignment.NamespaceProbe(
        namespace, "PORT", name, Map.of("port", port), Duration.ofSeconds(60));
  }
}
