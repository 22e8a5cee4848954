package io.loda.agent.poll;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.loda.agent.assignment.AssignmentParser;
import io.loda.agent.assignment.ItemList;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LastGoodAssignmentsTest {

  private static final String CPU = "[{\"measurement_type\":\"CPU\",\"name\":\"cpu\"}]";
  private static final String MEM = "[{\"measurement_type\":\"MEM\",\"name\":\"mem\"}]";
  private static final LastGoodAssignments.KnownAnswers NOTHING =
      new LastGoodAssignments.KnownAnswers(Map.of(), Map.of());
  private static final AssignmentParser PARSER = new AssignmentParser(Duration.ofSeconds(1));
  private static final LastGoodAssignments.KnownAnswers TWO =
      known(Map.of("a", "1", "b", "2"), Map.of("a", CPU, "b", MEM));

  private final Path folder;
  private final LastGoodAssignments lastGood;

  LastGoodAssignmentsTest(@TempDir Path data) {
    this.folder = data.resolve("registry");
    this.lastGood = of(folder);
  }

  private static LastGoodAssignments of(Path folder) {
    return new LastGoodAssignments(
        folder, 4 << 20, ItemList.MOST_ITEMS, PARSER, RegistryMemory.unlimited());
  }

  private static LastGoodAssignments.KnownAnswers known(
      Map<String, String> namespaces, Map<String, String> items) {
    Map<String, LastGoodAssignments.Items> read = new HashMap<>();
    items.forEach(
        (namespace, json) ->
            read.put(
                namespace,
                new LastGoodAssignments.Items(
                    PARSER.parse(namespace, json), ItemList.of(json).digest())));
    return new LastGoodAssignments.KnownAnswers(namespaces, read);
  }

  private void save(Map<String, String> namespaces, Map<String, String> items) throws IOException {
    for (Map.Entry<String, String> entry : items.entrySet()) {
      ItemList list = ItemList.of(entry.getValue());
      lastGood.save(entry.getKey(), lastGood.read(entry.getKey(), list), list);
    }
    lastGood.save(namespaces, items.keySet());
  }

  private void saveTwo() throws IOException {
    save(Map.of("a", "1", "b", "2"), Map.of("a", CPU, "b", MEM));
  }

  @Test
  void nothingIsKnownAtFirst() {
    assertThat(lastGood.load()).isEqualTo(NOTHING);
  }

  @Test
  void whatWasSavedIsKnownAfterARestart() throws IOException {
    saveTwo();

    assertThat(of(folder).load()).isEqualTo(TWO);
  }

  @Test
  void aNamespaceThatGoesLeavesNothing() throws IOException {
    saveTwo();
    save(Map.of("a", "1"), Map.of("a", CPU));

    assertThat(of(folder).load()).isEqualTo(known(Map.of("a", "1"), Map.of("a", CPU)));
    try (Stream<Path> files = Files.list(folder)) {
      assertThat(files.map(file -> file.getFileName().toString()))
          .containsExactlyInAnyOrder("namespaces.json", "a.items.json");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "[{", "{}", "null", "[] []"})
  void aBrokenFileCostsItsNamespaceOnly(String broken) throws IOException {
    saveTwo();
    Files.writeString(folder.resolve("a.items.json"), broken);

    LastGoodAssignments.KnownAnswers known = of(folder).load();

    assertThat(known.items()).containsExactly(Map.entry("b", TWO.items().get("b")));
    assertThat(known.namespaces()).containsOnlyKeys("a", "b");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "[{", "{}", "null", "[] []", "[5"})
  void aBrokenFileRefusesNoAnswerInWhichAnItemIsWrong(String broken) throws IOException {
    saveTwo();
    Files.writeString(folder.resolve("a.items.json"), broken);

    LastGoodAssignments.Items read =
        lastGood.read(
            "a", ItemList.of("[{\"measurement_type\":5,\"name\":\"cpu\"}," + MEM.substring(1)));

    assertThat(read.parsed().rejected()).hasSize(1);
    assertThat(read.parsed().assignments()).hasSize(1);
  }

  @Test
  void whatIsLargerThanAnAnswerWithItsLastGoodItemsIsSavedAsItIs() throws IOException {
    String good =
        "[{\"measurement_type\":\"LOG\",\"name\":\"x\",\"file_path\":\"/x\",\"pattern\":\"%s\"}]"
            .formatted("p".repeat(100));
    LastGoodAssignments small =
        new LastGoodAssignments(
            folder, good.length(), ItemList.MOST_ITEMS, PARSER, RegistryMemory.unlimited());
    ItemList first = ItemList.of(good);
    small.save("a", small.read("a", first), first);
    String wrong = "[{\"measurement_type\":\"LOG\",\"name\":\"x\"}," + CPU.substring(1);

    LastGoodAssignments.Items read = small.read("a", ItemList.of(wrong));
    assertThat(small.save("a", read, ItemList.of(wrong)))
        .contains("(" + good.length() + " bytes), so that a restart loses x; mend");
    assertThat(small.save("a", read, ItemList.of(wrong))).as("still so").contains("loses x;");

    assertThat(read.parsed().kept()).hasSize(1);
    assertThat(folder.resolve("a.items.json")).hasContent(wrong);

    ItemList other = ItemList.of(wrong + " ");
    assertThat(small.read("a", other).parsed().kept()).as("goes on all the same").hasSize(1);
  }

  private static String port(String name, String port) {
    return "{\"measurement_type\":\"PORT\",\"name\":\"PORT.%s\",\"port\":%s}".formatted(name, port);
  }

  @Test
  void whatGoesOnIsWhatWasInForceAlsoWhereThatCouldNotBeSaved() throws IOException {
    save(
        Map.of("a", "1"),
        Map.of("a", "[" + port("x", "\"1\"") + "," + port("gone", "\"1\"") + "]"));
    Path inTheWay = Files.createDirectories(folder.resolve(".a.items.json.next/full"));
    ItemList second = ItemList.of("[" + port("x", "\"2\"") + "]");
    LastGoodAssignments.Items inForce = lastGood.read("a", second);
    assertThatThrownBy(() -> lastGood.save("a", inForce, second)).isInstanceOf(IOException.class);

    ItemList wrong = ItemList.of("[" + port("x", "3") + "," + port("gone", "3") + "]");
    AssignmentParser.Parsed parsed = lastGood.read("a", wrong).parsed();

    assertThat(parsed.assignments()).isEqualTo(inForce.parsed().assignments());
    assertThat(parsed.rejected()).hasSize(1);
    Files.delete(inTheWay);
    Files.delete(inTheWay.getParent());
    lastGood.save("a", inForce, second);
    assertThat(of(folder).load().items().get("a")).isEqualTo(inForce);
    assertThat(lastGood.read("a", wrong).parsed()).isEqualTo(parsed);
  }

  @Test
  void whatIsNotInForceAnyMoreDoesNotComeBackByItsFile() throws IOException {
    String good = "[" + port("x", "\"1\"") + "]";
    ItemList wrong = ItemList.of("[" + port("x", "1") + "]");
    assertThat(of(folder).read("a", wrong).parsed().assignments()).isEmpty();
    save(Map.of("a", "1"), Map.of("a", good));
    assertThat(lastGood.read("a", wrong).parsed().assignments()).hasSize(1);
    assertThat(of(folder).read("a", wrong).parsed().assignments()).as("not loaded").isEmpty();

    Files.createDirectories(folder.resolve(".namespaces.json.next/full"));
    assertThatThrownBy(() -> save(Map.of(), Map.of())).isInstanceOf(IOException.class);

    assertThat(folder.resolve("a.items.json")).as("not deleted yet").exists();
    assertThat(lastGood.read("a", wrong).parsed().assignments()).isEmpty();
  }

  @Test
  void namesThatAreNoneAreLeftOut() throws IOException {
    saveTwo();
    Files.writeString(folder.resolveSibling("outside.items.json"), CPU);
    Path index = folder.resolve("namespaces.json");
    Files.writeString(
        index,
        "{\"a\":\"1\",\"b\":\"2\",\"../outside\":\"3\",\"x\\u0000y\":\"4\",\"\":\"5\",\"/etc\":\"6\",\"%s\":\"7\"}"
            .formatted("x".repeat(300)));

    LastGoodAssignments loaded = of(folder);
    assertThat(loaded.load()).isEqualTo(TWO);

    loaded.save(TWO.namespaces(), TWO.items().keySet());
    assertThat(index).as("is right from then on").hasContent("{\"a\":\"1\",\"b\":\"2\"}");
  }

  /** One that nobody writes to would hold up the start for ever. */
  @ParameterizedTest
  @ValueSource(strings = {"a.items.json", "namespaces.json", "reported.json"})
  @Timeout(60)
  void whatIsNoFileIsLeftOut(String name) throws Exception {
    saveTwo();
    Path file = folder.resolve(name);
    Files.deleteIfExists(file);
    assertThat(new ProcessBuilder("mkfifo", file.toString()).start().waitFor()).isZero();

    assertThat(of(folder).load().items())
        .doesNotContainKey(name.startsWith("n") ? "b" : "a.")
        .hasSize(name.startsWith("a") ? 1 : name.startsWith("n") ? 0 : 2);
    assertThat(new LastReport(folder.resolve("reported.json")).load()).isNull();
  }

  @Test
  void aFileInAnotherEncodingCostsItsNamespaceOnly() throws IOException {
    saveTwo();
    Files.write(folder.resolve("a.items.json"), new byte[] {'[', '"', (byte) 0xff, '"', ']'});

    assertThat(of(folder).load().items()).containsOnlyKeys("b");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "[]", "{\"a\":", "5"})
  void aBrokenIndexIsAsGoodAsNone(String broken) throws IOException {
    saveTwo();
    Files.writeString(folder.resolve("namespaces.json"), broken);

    assertThat(of(folder).load()).isEqualTo(NOTHING);
  }

  @Test
  void whatCouldNotBeSavedIsSavedByTheNextCall() throws IOException {
    Files.writeString(folder, "in the way");
    assertThatThrownBy(() -> saveTwo()).isInstanceOf(IOException.class);
    Files.delete(folder);

    saveTwo();

    assertThat(of(folder).load()).isEqualTo(TWO);
  }

  @Test
  void whatDidNotChangeIsNotWrittenAgain() throws IOException {
    Path file = folder.resolve("a.items.json");
    saveTwo();
    Object before = Files.getAttribute(file, "unix:ino");
    Files.setLastModifiedTime(file, FileTime.fromMillis(0));
    saveTwo();

    assertThat(Files.getAttribute(file, "unix:ino")).isEqualTo(before);
    assertThat(Files.getLastModifiedTime(file)).isGreaterThan(FileTime.fromMillis(0));
    assertThat(of(folder).load()).isEqualTo(TWO);
  }

  @Test
  void whenItWasAnsweredIsKnownAfterwards() throws IOException {
    saveTwo();
    Instant then = Instant.parse("2020-01-02T03:04:05Z");
    Files.setLastModifiedTime(folder.resolve("a.items.json"), FileTime.from(then));

    LastGoodAssignments loaded = of(folder);
    loaded.load();

    assertThat(loaded.answered()).containsOnlyKeys("a", "b").containsEntry("a", then);
  }

  @Test
  void leavesOutWhatAnAgentWithOtherBoundsSaved() throws IOException {
    saveTwo();
    String many = "[" + "{},".repeat(30_000) + "{}]";
    Files.writeString(folder.resolve("a.items.json"), many);
    assertThat(of(folder).load().items()).containsOnlyKeys("b");
    Files.writeString(folder.resolve("a.items.json"), "[\"" + "x".repeat(5 << 20) + "\"]");
    assertThat(of(folder).load().items()).containsOnlyKeys("b");
  }
}
