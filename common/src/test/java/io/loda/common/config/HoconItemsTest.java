package io.loda.common.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HoconItemsTest {

  @Test
  void readsAListWithCommentsFirst() {
    assertThat(
            read(
                """

                # what is collected here
                // and why
                [
                  { measurement_type = CPU, name = cpu.idle }   # one
                  { measurement_type = MEM, name = "mem used" }
                ]
                """))
        .isEqualTo(
            "[{\"measurement_type\":\"CPU\",\"name\":\"cpu.idle\"},"
                + "{\"measurement_type\":\"MEM\",\"name\":\"mem used\"}]");
  }

  @Test
  void numbersAndBooleansBecomeStringsAsTheRegistryHasThem() {
    assertThat(read("[ { interval = 10, share = 0.5, on = true, list = [1] } ]"))
        .contains("\"interval\":\"10\"", "\"share\":\"0.5\"", "\"on\":\"true\"", "\"list\":[1]");
  }

  @Test
  void whatIsNoObjectStaysForTheParserToRefuse() {
    assertThat(read("[ 5, text ]")).isEqualTo("[5,\"text\"]");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "# nothing", "{ a = 1 }", "text", "[ { a = 1 }", "[ ${nowhere} ]"})
  void whatIsNoListIsRefused(String text) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> read(text))
        .withMessageStartingWith("expected a list of items");
  }

  @Test
  void whatFollowsTheListIsRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> read("[ { a = 1 } ]\nmore = [ { b = 2 } ]"))
        .withMessageStartingWith("expected a list of items");
  }

  @Test
  void anErrorNamesItsLine() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> read("\n\n[\n  { a = \"b }\n]"))
        .withMessageContaining("4");
  }

  /** The library would name brackets that only our reader puts around an item. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "\n[ { name = x",
        "\n[ { name = x\n",
        "\n[ { name = x, more = { a = 1 } \n\n",
        "\n[ { name",
        "\n[ { name = "
      })
  void whatIsNotClosedIsSaidWithItsLine(String text) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> read(text))
        .withMessage(
            "expected a list of items in HOCON, found: line 2: a { or [ that begins here isn't"
                + " closed");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> HoconItems.read(text, false))
        .withMessage("expected a list of items in HOCON, found: a mistake in line 2");
  }

  @Test
  void anErrorShowsNothingOfATextThatNotEverybodyMayRead() {
    for (String text : List.of("root:x:0", "[ { a = ${secret} } ]", "[ { a = \"secret }\n]")) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> HoconItems.read(text, false))
          .withMessageStartingWith("expected a list of items")
          .satisfies(e -> assertThat(e.getMessage()).doesNotContain("root", "secret"));
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"include \"x\"", "include file(\"/etc/hostname\")", "include url(\"file:/x\")"})
  void includesNothing(String include) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> read("[ { " + include + " } ]"))
        .withMessageContaining("include, which isn't possible here");
  }

  @Test
  void substitutionsMakeNothingLargeBeforeTheListIsLookedFor() {
    StringBuilder text = new StringBuilder("[]\na0 = [1, 1]\n");
    for (int i = 1; i < 60; i++) {
      text.append("a" + i + " = ${a" + (i - 1) + "} ${a" + (i - 1) + "}\n");
    }
    assertThatIllegalArgumentException()
        .isThrownBy(() -> read(text.toString()))
        .withMessageStartingWith("expected a list of items");
  }

  @Test
  void listsInEachOtherWithoutEndAreRefused() {
    assertThatIllegalArgumentException().isThrownBy(() -> read("[".repeat(1_000_000)));
  }

  @Test
  void itemsAreToldFromEachOtherByCommasAndLines() {
    assertThat(
            read(
                """
                [ { a = "x ] , \\" y", b = \"\"\"p
                ]q\"\"\"" }, # , ]
                  { c = 1 } { d = 2 } // merged
                  {
                    e : [ 1, 2 ]
                    f = x y
                  }
                  ,
                ]  # the end
                """))
        .isEqualTo(
            "[{\"a\":\"x ] , \\\" y\",\"b\":\"p\\n]q\\\"\"},{\"c\":\"1\",\"d\":\"2\"},"
                + "{\"e\":[1,2],\"f\":\"x y\"}]");
    for (String text : List.of("[ , { a = 1 } ]", "[ { a = 1 },, { b = 2 } ]")) {
      assertThatIllegalArgumentException().isThrownBy(() -> read(text));
    }
  }

  @Test
  void anItemThatIsAsLongAsAFileIsRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> read("[ { a = 1 }, { " + "a = 1, ".repeat(20_000) + "} ]"))
        .withMessage("item 2: expected at most 65536 characters, found more");
  }

  private static String read(String text) {
    return HoconItems.read(text, true);
  }
}
