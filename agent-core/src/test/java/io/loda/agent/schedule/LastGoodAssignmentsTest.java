package io.loda.agent.schedule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LastGoodAssignmentsTest {

  private static final String CPU = "[{\"measurement_type\":\"CPU\",\"name\":\"cpu\"}]";
  private static final String MEM = "[{\"measurement_type\":\"MEM\",\"name\":\"mem\"}]";
  private static final LastGoodAssignments.Known NOTHING =
      new LastGoodAssignments.Known(Map.of(), Map.of());
  private static final LastGoodAssignments.Known TWO =
      new LastGoodAssignments.Known(Map.of("a", "1", "b", "2"), Map.of("a", CPU, "b", MEM));

  private final Path folder;
  private final LastGoodAssignments lastGood;

  LastGoodAssignmentsTest(@TempDir Path data) {
    this.folder = data.resolve("registry");
    this.lastGood = new LastGoodAssignments(folder);
  }

  @Test
  void nothingIsKnownAtFirst() {
    assertThat(lastGood.load()).isEqualTo(NOTHING);
  }

  @Test
  void whatWasSavedIsKnownAfterARestart() throws IOException {
    lastGood.save(TWO);

    assertThat(new LastGoodAssignments(folder).load()).isEqualTo(TWO);
  }

  @Test
  void aNamespaceThatGoesLeavesNothing() throws IOException {
    lastGood.save(TWO);
    LastGoodAssignments.Known one =
        new LastGoodAssignments.Known(Map.of("a", "1"), Map.of("a", CPU));
    lastGood.save(one);

    assertThat(new LastGoodAssignments(folder).load()).isEqualTo(one);
    try (Stream<Path> files = Files.list(folder)) {
      assertThat(files.map(file -> file.getFileName().toString()))
          .containsExactlyInAnyOrder("namespaces.json", "a.items.json");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "[{", "{}", "null", "[] []"})
  void aBrokenFileCostsItsNamespaceOnly(String broken) throws IOException {
    lastGood.save(TWO);
    Files.writeString(folder.resolve("a.items.json"), broken);

    LastGoodAssignments.Known known = new LastGoodAssignments(folder).load();

    assertThat(known.items()).containsExactly(Map.entry("b", MEM));
    assertThat(known.namespaces()).containsOnlyKeys("a", "b");
  }

  @Test
  void aFileInAnotherEncodingCostsItsNamespaceOnly() throws IOException {
    lastGood.save(TWO);
    Files.write(folder.resolve("a.items.json"), new byte[] {'[', '"', (byte) 0xff, '"', ']'});

    assertThat(new LastGoodAssignments(folder).load().items()).containsOnlyKeys("b");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "[]", "{\"a\":", "5"})
  void aBrokenIndexIsAsGoodAsNone(String broken) throws IOException {
    lastGood.save(TWO);
    Files.writeString(folder.resolve("namespaces.json"), broken);

    assertThat(new LastGoodAssignments(folder).load()).isEqualTo(NOTHING);
  }

  @Test
  void whatCouldNotBeSavedIsSavedByTheNextCall() throws IOException {
    Files.writeString(folder, "in the way");
    assertThatThrownBy(() -> lastGood.save(TWO)).isInstanceOf(IOException.class);
    Files.delete(folder);

    lastGood.save(TWO);

    assertThat(new LastGoodAssignments(folder).load()).isEqualTo(TWO);
  }

  @Test
  void whatDidNotChangeIsNotWrittenAgain() throws IOException {
    lastGood.save(TWO);
    Files.delete(folder.resolve("a.items.json"));
    lastGood.save(TWO);

    assertThat(folder.resolve("a.items.json")).doesNotExist();
  }

  @Test
  void leavesOutWhatAnAgentWithOtherBoundsSaved() throws IOException {
    lastGood.save(TWO);
    String many = "[" + "{},".repeat(30_000) + "{}]";
    Files.writeString(folder.resolve("a.items.json"), many);
    assertThat(new LastGoodAssignments(folder).load().items()).containsOnlyKeys("b");
    Files.writeString(folder.resolve("a.items.json"), "[\"" + "x".repeat(5 << 20) + "\"]");
    assertThat(new LastGoodAssignments(folder).load().items()).containsOnlyKeys("b");
  }
}
