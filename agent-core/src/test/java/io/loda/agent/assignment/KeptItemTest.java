package io.loda.agent.assignment;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonParser;
import com.sun.management.ThreadMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Which last good items go on, and how they are written. */
class KeptItemTest {

  private static final String GOOD =
      "{ \"measurement_type\" : \"PORT\", \"name\" : \"PORT.a\", \"port\" : \"2\\u0032\" }";
  private static final String WRONG =
      "{\"measurement_type\":\"PORT\",\"name\":\"PORT.a\",\"port\":22}";

  private final AssignmentParser parser = new AssignmentParser(Duration.ofSeconds(10));

  private AssignmentParser.Parsed parse(ItemList list, String before) {
    return parser.parse("ns", list, () -> ItemList.of(before), bytes -> {});
  }

  /** What is never good must not become it by being written. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"name\":\"n\",\"parameters\":1e400}",
        "{\"name\":\"n\",\"parameters\":-1E+400 }",
        "{\"name\":\"n\",\"parameters\":0.10000000000000000000000001}",
        "{\"name\":\"\\ud800\",\"name\":\"ä\"}",
        "[ [1e400], {} ]",
        "\"x\\n, \\\"]\"",
        "1e400",
        "12",
        "true",
        "null"
      })
  void writesAllOthersAsTheyCame(String other) throws IOException {
    for (String list :
        List.of("[%s , %s]", " [%s,%s ] ", "[%2$s,%1$s]", "[ %2$s , %1$s\n]", "[%2$s,%1$s,%2$s]")) {
      byte[] bytes = ("{\"ä\":" + list.formatted(WRONG, other) + "}").getBytes(UTF_8);
      ItemList items;
      try (JsonParser parser = ItemList.parser(bytes)) {
        parser.nextToken();
        parser.nextToken();
        parser.nextToken();
        items = ItemList.of(parser, bytes, 3);
      }

      AssignmentParser.Parsed parsed = parse(items, "[1, " + GOOD + "]");

      assertThat(parsed.kept()).extracting(KeptItem::text).containsExactly(GOOD);
      assertThat(new String(items.with(parsed.kept()), UTF_8))
          .isEqualTo(list.formatted(GOOD, other).strip());
    }
  }

  @Test
  void ofManyThatAreAlikeEachGoesOnOnce() {
    String one = "{\"_id\":\"i\",\"measurement_type\":\"PORT\",\"name\":\"PORT.%s\",\"port\":%s}";

    AssignmentParser.Parsed parsed =
        parse(
            ItemList.of(
                "[" + (one.formatted("x", "1") + ",").repeat(2) + one.formatted("b", "1") + "]"),
            IntStream.range(0, 5)
                .mapToObj(i -> one.formatted("abcde".charAt(i), "\"1\""))
                .collect(Collectors.joining(",", "[", "]")));

    assertThat(parsed.assignments())
        .extracting(Assignment::name)
        .containsExactly("PORT.a", "PORT.b", "PORT.c");
    assertThat(parsed.kept()).extracting(KeptItem::place).containsExactly(1, 2, 3);
    assertThat(parsed.rejected()).isEmpty();
  }

  /** As the work grows with the square of the items, so does what is allocated: to gigabytes. */
  @Test
  void manyWrongItemsOfOneNameCostNoMoreThanOfMany() {
    ItemList wrong =
        ItemList.of(
            IntStream.range(0, ItemList.MOST_ITEMS)
                .mapToObj(
                    i ->
                        "{\"_id\":\"i\",\"name\":\"n\",\"git\":\"g\",\"measurement_type\":\"BAD\"}")
                .collect(Collectors.joining(",", "[", "]")));
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long before = threads.getCurrentThreadAllocatedBytes();

    AssignmentParser.Parsed parsed = parse(wrong, wrong.toString());

    assertThat(threads.getCurrentThreadAllocatedBytes() - before).isLessThan(400L << 20);
    assertThat(parsed.rejected()).hasSize(ItemList.MOST_ITEMS);
  }
}
