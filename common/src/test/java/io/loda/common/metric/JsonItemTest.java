package io.loda.common.metric;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.loda.agent.plugin.Metric;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** What an item is doesn't depend on who prints or posts it. */
class JsonItemTest {

  private static final long SEED = 20_261_127;
  private static final List<String> KEYS =
      List.of("name", "Name", "value", "VALUE", "tags", "timestamp", "TimeStamp", "more");
  private static final List<String> VALUES =
      List.of(
          "\"a\"",
          "\"ä\"",
          "\"\"",
          "1",
          "-1.5",
          "1e999",
          "NaN",
          "99999999999999999999",
          "1795225573999",
          "true",
          "null",
          "[[1],{}]",
          "{\"t\":\"x\",\"n\":1,\"z\":null}",
          "{\"t\":[]}");

  /** What {@code /post} reads, made a metric of. */
  private static Collecting posted(String item) throws IOException {
    Collecting collecting = new Collecting();
    byte[] bytes = ("[" + item + "]").getBytes(UTF_8);
    new JsonMetricReader()
        .read(bytes, 0, bytes.length, new MetricBuilder(collecting::metric), collecting::refused);
    return collecting;
  }

  @Test
  void isTheSameInAPostInAListAndOnALine() throws IOException {
    Random random = new Random(SEED);
    int good = 0;
    for (int i = 0; i < 3_000; i++) {
      List<String> parts = new ArrayList<>();
      if (random.nextBoolean()) {
        parts.add("\"name\":\"good\",\"value\":1");
      }
      for (int part = random.nextInt(5); part >= 0; part--) {
        String key = KEYS.get(random.nextInt(KEYS.size()));
        parts.add("\"" + key + "\":" + VALUES.get(random.nextInt(VALUES.size())));
      }
      String item = parts.stream().collect(Collectors.joining(",", "{", "}"));

      Collecting list = Collecting.ofJson(("[" + item + "]").getBytes(UTF_8));
      Collecting line = Collecting.of(new NdjsonReader(), item);
      Collecting post = posted(item);

      assertThat(post.metrics).as(item).isEqualTo(list.metrics).isEqualTo(line.metrics);
      assertThat(post.refused).as(item).isEqualTo(list.refused);
      assertThat(line.refused)
          .as(item)
          .isEqualTo(list.refused.stream().map(why -> why.replace("item", "line")).toList());
      good += list.metrics.size();
    }
    assertThat(good).as("both are tried").isBetween(100, 2_900);
  }

  @Test
  void aPartThatComesAgainReplacesWhatItSaidBefore() throws IOException {
    String bad = "\"name\":\"\",\"value\":null,\"timestamp\":\"x\"";
    String good = "\"Name\":\"a\",\"Value\":2,\"timestamp\":7";

    assertThat(posted("{" + bad + "," + good + "}").metrics)
        .containsExactly(new Metric("a", 7, Map.of(), 2L));
    assertThat(posted("{" + good + "," + bad + "}").refused)
        .containsExactly("item 1: name: expected a string, found an empty string");
  }
}
