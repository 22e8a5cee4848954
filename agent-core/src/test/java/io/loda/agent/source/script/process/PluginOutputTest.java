package io.loda.agent.source.script.process;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.loda.agent.assignment.OutputFormat;
import io.loda.agent.config.PluginsConfig;
import io.loda.agent.plugin.Metric;
import io.loda.agent.point.MetricTaker;
import io.loda.agent.source.script.ScriptRuns;
import io.loda.agent.source.script.output.PluginOutputParser;
import io.loda.agent.source.script.result.RunResult;
import io.loda.common.telemetry.MemoryBudget;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PluginOutputTest {

  private Path folder;
  private ScriptRuns runs;

  @BeforeEach
  void start(@TempDir Path temporary) throws Exception {
    folder = temporary;
    runs = new ScriptRuns(folder, new PluginsConfig(folder.resolve("data")).maxOutputBytes(65536));
  }

  @AfterEach
  void close() {
    runs.close();
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, 3})
  void aBadOutputsBeginningEndsWithAWholeCharacter(int before) throws Exception {
    RunResult result =
        runs.run(
            runs.plugin(
                "printf '%s' \"$1\"; i=0; while [ $i -lt 999 ]; do printf '€'; i=$((i+1)); done"),
            "xxxx".substring(0, before));

    assertThat(result.outcome()).isEqualTo(RunResult.Outcome.BAD_OUTPUT);
    assertThat(result.badOutput()).endsWith("€").startsWith("xxxx".substring(0, before));
    assertThat(result.badOutput().getBytes(UTF_8).length)
        .isEqualTo((2048 - before) / 3 * 3 + before);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '#',
      quoteCharacter = '`',
      textBlock =
          """
          [{"name":"a","val                  # Unexpected end-of-input
          [{"name":"a","value":1},           # Unexpected end-of-input
          [{"name":"a","value":1}] [1]       # something follows
          [{"name":"a","value":nan}]         # 'nan'
          """)
  void whatIsNoJsonListIsBadOutput(String output, String detail) throws Exception {
    RunResult result = runs.run(runs.plugin("printf '%s' \"$1\""), output);

    assertThat(result.outcome()).isEqualTo(RunResult.Outcome.BAD_OUTPUT);
    assertThat(result.exitCode()).isZero();
    assertThat(result.metrics()).isEmpty();
    assertThat(result.detail())
        .startsWith("standard output: expected a JSON list")
        .contains(detail);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "[{\"name\":\"good\",\"value\":1},{\"name\":\"a,b\",\"value\":2}]",
        "{\"Name\":\"good\",\"VALUE\":1}\n{\"name\":\"a,b\",\"value\":2}",
        "good value=1\na\\,b value=2"
      })
  void refusesANameThatBreaksALineBehindTheRouter(String output) throws Exception {
    RunResult result = runs.run(runs.plugin("printf '%s' \"$1\""), output);

    assertThat(result.outcome()).isEqualTo(RunResult.Outcome.OK);
    assertThat(result.metrics()).extracting(Metric::name).containsExactly("good");
    assertThat(result.refused())
        .containsExactly("name: expected only 0-9 a-z A-Z - _ ., found \"a,b\"");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '#',
      quoteCharacter = '`',
      textBlock =
          """
          printf '[{"name":"\\377\\376","value":1}]'     # invalid UTF-8
          printf '\\000'                               # a NUL
          head -c 5000 /dev/zero | tr '\\000' '['      # deep nesting
          """)
  void whatJsonForbidsIsBadOutput(String script, String what) throws Exception {
    RunResult result = runs.script(script);

    assertThat(result.outcome()).as(what).isEqualTo(RunResult.Outcome.BAD_OUTPUT);
    assertThat(result.detail()).as(what).startsWith("standard output: ").hasSizeGreaterThan(30);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '#',
      quoteCharacter = '`',
      textBlock =
          """
          [{"name":"a","value":1}]                        # auto
          \\357\\273\\277 [{"name":"a","value":1}]           # auto
          {"name":"a","value":1}\\n{"name":"a","value":1}   # auto
          \\n \\t{"name":"a","value":1}                      # auto
          \\357\\273\\277a value=1i\\n                        # auto
          \\043 a comment\\na value=1i 1795225573            # auto
          [{"name":"a","value":1}]                        # json
          {"name":"a","value":1}                          # ndjson
          a value=1i                                      # influx
          """)
  void formatIsToldByTheFirstByteOrGiven(String output, String format) throws Exception {
    Path plugin = runs.plugin("printf \"$1\"");
    RunResult result =
        ScriptRuns.await(
            runs.runner.run(
                () -> plugin,
                ScriptRuns.dueNow(
                    "my.ns", "demo", List.of(output), ScriptRuns.DEADLINE, ScriptRuns.DEADLINE),
                OutputFormat.named(format)));

    assertThat(result.ok()).as(result.detail()).isTrue();
    assertThat(result.refused()).isEmpty();
    assertThat(result.metrics())
        .isNotEmpty()
        .allSatisfy(
            metric -> {
              assertThat(metric.name()).isEqualTo("a");
              assertThat(metric.value()).isEqualTo(1L);
            });
  }

  @Test
  void anotherFormatThanTheItemsIsBadOutput() throws Exception {
    Path plugin = runs.plugin("echo 'a value=1'");
    RunResult result =
        ScriptRuns.await(
            runs.runner.run(
                () -> plugin,
                ScriptRuns.dueNow(
                    "my.ns", "demo", List.of(), ScriptRuns.DEADLINE, ScriptRuns.DEADLINE),
                OutputFormat.JSON));

    assertThat(result.outcome()).isEqualTo(RunResult.Outcome.BAD_OUTPUT);
  }

  @Test
  void bytesThatAreNoTextCostTheirItem() throws Exception {
    RunResult result =
        runs.script("printf '[{\"name\":\"\\377\",\"value\":1},{\"name\":\"b\",\"value\":1}]'");

    assertThat(result.ok()).as(result.detail()).isTrue();
    assertThat(result.metrics()).extracting(Metric::name).containsExactly("b");
    assertThat(result.refused()).containsExactly("item 1: expected UTF-8, found the byte 0xff");
  }

  @Test
  void moreSeriesThanAllowedAreRefusedAndTheTagIsNamed() {
    StringBuilder lines = new StringBuilder();
    for (int i = 0; i < 100_000; i++) {
      lines.append("a,few=").append(i % 3).append(",id=").append(i).append(" value=1\n");
    }
    lines.append("a,few=0,id=0 value=2\n");

    RunResult result = parse(lines.toString(), null);

    assertThat(result.ok()).isTrue();
    assertThat(result.metrics()).hasSize(10_001);
    assertThat(result.refused())
        .hasSize(90_000)
        .first()
        .isEqualTo(
            "90,000 of other series than the first 10,000 in an interval (plugins.max-series);"
                + " tag `id` has 10,000 values");
  }

  @Test
  void metricsAreHandedOnWhileTheyAreRead() {
    Taken taken = new Taken();
    RunResult lines = parse("a value=1\n".repeat(100_000) + "bad\n", taken);

    assertThat(lines.ok()).isTrue();
    assertThat(lines.points()).isEqualTo(100_000);
    assertThat(lines.metrics()).hasSize(1_000);
    assertThat(lines.refused()).hasSize(1);
    assertThat(taken.handedOn).isEqualTo(100_000);
    assertThat(taken.most).isEqualTo(1_000);
  }

  @Test
  void nothingIsHandedOnOfWhatTurnsOutToBeNoJson() {
    String item = "{\"name\":\"a\",\"value\":1},";
    Taken good = new Taken();
    assertThat(parse("[" + item.repeat(5_001) + "1]", good).points()).isEqualTo(5_001);
    assertThat(good.handedOn).isEqualTo(5_001);

    Taken none = new Taken();
    RunResult bad = parse("[" + item.repeat(5_000) + "nan]", none);
    assertThat(bad.outcome()).isEqualTo(RunResult.Outcome.BAD_OUTPUT);
    assertThat(bad.points()).isZero();
    assertThat(none.handedOn).isZero();
  }

  @Test
  void nothingIsHandedOnOfASmallListThatTurnsOutToBeNoJson() {
    String items = "{\"name\":\"a\",\"value\":1},".repeat(2_500);
    Taken good = new Taken();
    assertThat(parse("[" + items + "1]", good).points()).isEqualTo(2_500);
    assertThat(good.handedOn).isEqualTo(2_500);

    Taken none = new Taken();
    assertThat(parse("[" + items + "nan]", none).points()).isZero();
    assertThat(none.handedOn).isZero();
  }

  private static RunResult parse(String output, @Nullable MetricTaker taker) {
    byte[] printed = output.getBytes(UTF_8);
    // the array may hold older bytes behind the output
    return PluginOutputParser.parse(
        RunResult.startFailed("").failed(RunResult.Outcome.OK, ""),
        (output + "[").getBytes(UTF_8),
        printed.length,
        OutputFormat.AUTO,
        10_000,
        taker);
  }

  /** Counts what it is given. */
  private static final class Taken implements MetricTaker {
    private int most;
    private int handedOn;

    @Override
    public long take(List<Metric> metrics) {
      most = Math.max(most, metrics.size());
      handedOn += metrics.size();
      return 0;
    }
  }

  @Test
  void aRunForWhoseOutputNoMemoryIsLeftFailsAndSaysSo() throws Exception {
    MemoryBudget.Share share = new MemoryBudget(0).share("runs' output", 100_000);
    WholeOutput first = new WholeOutput(65536, share);
    WholeOutput second = new WholeOutput(65536, share);
    byte[] chunk = new byte[8192];
    for (WholeOutput output : List.of(first, second)) {
      for (int i = 0; i < 4; i++) {
        assertThat(output.isReady()).isTrue();
        output.write(chunk, chunk.length);
      }
    }
    assertThat(first.isReady()).isFalse();
    assertThat(first.tooLarge()).isFalse();
    assertThat(first.kept()).isEqualTo(4 * 8192);
    second.close();
    assertThat(first.isReady()).isTrue();
    first.close();
    assertThat(share.usedBytes()).isZero();
  }

  @Test
  void badItemsAreRefusedAloneWithTheirPosition() throws Exception {
    RunResult result =
        runs.run(
            runs.plugin("printf '%s' \"$1\""),
            """
            [{"name":"good","value":1}, {"value":1}, 7, {"name":"a"}, {"name":"a","value":{}},
             {"name":"a","value":1,"tags":[]}, {"name":"a","value":1e999},
             {"name":"a","value":1,"timestamp":"now"}, {"name":"also","value":true,"tags":{"n":1}}]
            """);

    assertThat(result.ok()).isTrue();
    assertThat(result.metrics())
        .containsExactly(
            new Metric("good", 0, Map.of(), 1L), new Metric("also", 0, Map.of("n", "1"), true));
    assertThat(result.refused())
        .containsExactly(
            "item 2: name: expected a string, found nothing",
            "item 3: expected an object, found a number",
            "item 4: value: expected a number, true, false or a string, found nothing",
            "item 5: value: expected a number, true, false or a string, found an object",
            "item 6: tags: expected an object, found a list",
            "item 7: value: expected a number that fits 64 bits",
            "item 8: timestamp: expected seconds as a number, found a string");
  }

  @Test
  void tooMuchOutputEndsTheRun() throws Exception {
    RunResult result = runs.script("yes; sleep 1000");

    assertThat(result.outcome()).isEqualTo(RunResult.Outcome.OUTPUT_TOO_LARGE);
    assertThat(result.detail()).isEqualTo("printed more than plugins.max-output (65536 bytes)");
    assertThat(result.outputBytes()).isBetween(65536L, 200_000L);
    assertThat(runs.alive()).isEmpty();
  }

  @Test
  void asMuchAsIsAllowedIsGood() throws Exception {
    RunResult result =
        runs.script(
            "printf '[{\"name\":\"a\",\"value\":1}]'", "head -c 65512 /dev/zero | tr '\\0' ' '");

    assertThat(result.outputBytes()).isEqualTo(65536);
    assertThat(result.ok()).as(result.detail()).isTrue();
    assertThat(result.metrics()).hasSize(1);
  }

  @Test
  void oneByteMoreIsTooMuchAlsoWhenItEndsAtOnce() throws Exception {
    RunResult result = runs.script("head -c 65537 /dev/zero | tr '\\0' ' '");

    assertThat(result.outcome()).isEqualTo(RunResult.Outcome.OUTPUT_TOO_LARGE);
  }

  @Test
  void floodOfErrorsKeepsTheEndAndLittleMemory() throws Exception {
    Path plugin = runs.plugin("head -c 200000000 /dev/zero | tr '\\0' x >&2", "echo end >&2");
    com.sun.management.ThreadMXBean threads =
        (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
    try (OutputPipes pipes = new OutputPipes(folder.resolve("pipes"))) {
      PlainProcess process =
          new PlainProcess(
              pipes,
              List.of("setsid", plugin.resolve("plugin.sh").toString()),
              plugin,
              Map.of("PATH", "/usr/bin:/bin"),
              ScriptRuns.DEADLINE,
              65536);
      long before = threads.getCurrentThreadAllocatedBytes();

      RunResult result = process.run();

      // all that it ever allocated, so also all that it can have held
      assertThat(threads.getCurrentThreadAllocatedBytes() - before).isLessThan(20L << 20);
      assertThat(result.ok()).as(result.detail()).isTrue();
      assertThat(result.stderr()).hasSize(64 * 1024).endsWith("xend\n");
    }
  }

  @Test
  void tailKeepsTheLastBytesHoweverTheyCome() {
    for (int chunk = 1; chunk < 12; chunk++) {
      TailBuffer tail = new TailBuffer(7);
      StringBuilder all = new StringBuilder();
      for (int i = 0; i < 10; i++) {
        String text = "abcdefghijklmnop".substring(i % 4, i % 4 + chunk);
        tail.write((text + "not this").getBytes(UTF_8), chunk);
        all.append(text);
        String expected = all.substring(Math.max(0, all.length() - 7));
        assertThat(new String(tail.tail(), UTF_8)).isEqualTo(expected);
      }
    }
  }
}
