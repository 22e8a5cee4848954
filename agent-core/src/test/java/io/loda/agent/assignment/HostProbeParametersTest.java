package io.loda.agent.assignment;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class HostProbeParametersTest {

  private final AssignmentParser parser = new AssignmentParser(Duration.ofSeconds(10));

  private AssignmentParser.Parsed parse(String... items) {
    return parser.parse("pool.loda", "[" + String.join(",", items) + "]");
  }

  private static String cpu(String name, String more) {
    return """
        {"_id":"1","name":"%s","comment":"c","aggregate":"avg","measurement_type":"CPU","interval":"20"%s}
        """
        .formatted(name, more);
  }

  private static Assignment.HostProbe probe(int seconds, Map<String, String> parameters) {
    return new Assignment.HostProbe("CPU", parameters, Duration.ofSeconds(seconds));
  }

  @Test
  void anItemsOwnFieldsReachTheProbe() {
    assertThat(parse(cpu("cpu.idle", ",\"detail\":\"true\"")).assignments())
        .containsExactly(probe(20, Map.of("detail", "true")));
  }

  @Test
  void whatSaysNothingAboutMeasuringIsLeftOut() {
    assertThat(parse(cpu("cpu.idle", "")).assignments()).containsExactly(probe(20, Map.of()));
  }

  @Test
  void theItemsOfOneTypeAreOneProbeWithTheFieldsOfAll() {
    assertThat(
            parse(cpu("cpu.idle", ",\"a\":\"1\""), cpu("cpu.user", ",\"b\":\"2\"")).assignments())
        .containsExactly(probe(20, Map.of("a", "1", "b", "2")));
  }

  @Test
  void theFirstByNameWinsInWhateverOrderTheyCome() {
    String first = cpu("cpu.a", ",\"detail\":\"false\"");
    String second = cpu("cpu.b", ",\"detail\":\"true\"");

    assertThat(parse(first, second)).isEqualTo(parse(second, first));
    assertThat(parse(second, first).assignments())
        .containsExactly(probe(20, Map.of("detail", "false")));
  }

  @Test
  void itemsOfOneNameDontDependOnTheirOrderEither() {
    String first = cpu("cpu.a", ",\"detail\":\"false\"");
    String second = cpu("cpu.a", ",\"detail\":\"true\"");

    assertThat(parse(first, second)).isEqualTo(parse(second, first));
  }

  @Test
  void theProbeKeepsItsPlaceAmongTheAssignments() {
    String port = "{\"measurement_type\":\"PORT\",\"name\":\"PORT.x.1\",\"port\":\"1\"}";

    assertThat(parse(cpu("cpu.b", ""), port, cpu("cpu.a", "")).assignments())
        .extracting(Assignment::key)
        .containsExactly("CPU", "PORT pool.loda PORT.x.1");
  }

  @Test
  void theTypesBeyondTheContractCanBeAssigned() {
    assertThat(
            parse(
                    "{\"measurement_type\":\"PRESSURE\",\"name\":\"p\"}",
                    "{\"measurement_type\":\"CGROUP\",\"name\":\"c\"}",
                    "{\"measurement_type\":\"JVM\",\"name\":\"j\",\"interval\":\"30\"}")
                .assignments())
        .containsExactly(
            HostProbes.probe("PRESSURE", Duration.ofSeconds(10)),
            HostProbes.probe("CGROUP", Duration.ofSeconds(60)),
            HostProbes.probe("JVM", Duration.ofSeconds(30)));
  }

  @Test
  void namespacesAreMergedAtTheShortestIntervalAndTheFirstWins() {
    AssignmentParser.Parsed a =
        new AssignmentParser.Parsed(
            List.of(probe(60, Map.of("detail", "false", "a", "1"))), List.of());
    AssignmentParser.Parsed b =
        new AssignmentParser.Parsed(
            List.of(probe(10, Map.of("detail", "true", "b", "2"))), List.of());

    assertThat(AssignmentSet.of(Map.of("a", "1", "b", "2"), List.of(a, b)).assignments().values())
        .containsExactly(probe(10, Map.of("detail", "false", "a", "1", "b", "2")));
  }

  @Test
  void aChangedOptionIsAChangedAssignment() {
    AssignmentSet before =
        new AssignmentSet(Map.of(), Map.of("CPU", probe(10, Map.of())), List.of());
    Assignment.HostProbe detailed = probe(10, Map.of("detail", "true"));
    AssignmentSet after = new AssignmentSet(Map.of(), Map.of("CPU", detailed), List.of());

    assertThat(before.diff(after))
        .isEqualTo(new AssignmentSet.Diff(List.of("CPU"), List.of(detailed)));
  }
}
