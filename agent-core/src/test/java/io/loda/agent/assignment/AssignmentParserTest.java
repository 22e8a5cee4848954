package io.loda.agent.assignment;

import static java.util.Map.entry;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AssignmentParserTest {

  private static final String NS = "pool.loda";
  private static final Duration TEN = Duration.ofSeconds(10);

  private final AssignmentParser parser = new AssignmentParser(TEN);

  @ParameterizedTest
  @ValueSource(strings = {"0", "abc", "-1", "10.5", "10000000"})
  void whatIsNoIntervalOfAHostsTypeIsTheTypesOwn(String interval) {
    AssignmentParser.Parsed parsed =
        new AssignmentParser(Duration.ofSeconds(10))
            .parse(
                "ns",
                "[{\"measurement_type\":\"FS\",\"name\":\"x\",\"interval\":\"" + interval + "\"}]");

    assertThat(parsed.rejected()).isEmpty();
    assertThat(parsed.assignments()).containsExactly(HostProbes.probe("FS", Duration.ofMinutes(5)));
  }

  @Test
  void readsTheCapturedAnswer() throws IOException {
    AssignmentParser.Parsed parsed = parser.parse(NS, captured());

    assertThat(parsed.rejected()).isEmpty();
    assertThat(parsed.assignments())
        .containsExactlyInAnyOrder(
            host("COREDUMP", 60),
            host("CPU", 10),
            host("FS", 120),
            host("KERNEL", 300),
            host("DISK", 10),
            host("HEALTH", 10),
            host("MEM", 10),
            host("NET", 10),
            host("TIME", 300),
            host("PS", 10),
            new Assignment.NamespaceProbe(
                NS,
                "LOG",
                "kernel.log.OOM",
                Map.ofEntries(
                    entry("_id", "ea4df43c-936a-45a6-b67b-5716ec964707"),
                    entry("collect_type", "FLOW"),
                    entry("degree", "0"),
                    entry("file_path", "/var/log/kernel"),
                    entry("func", "cnt"),
                    entry("interval", "10"),
                    entry("measurement_type", "LOG"),
                    entry("name", "kernel.log.OOM"),
                    entry("pattern", "Out of memory"),
                    entry("tag_service", "kill process \\d+ \\((\\S+)\\)"),
                    entry("tags", "service"),
                    entry("time_format", "yyyy-mm-ddTHH:MM:SS")),
                TEN),
            new Assignment.NamespaceProbe(
                NS,
                "PORT",
                "PORT.ssh.22",
                Map.of(
                    "_id", "21470759-a1f6-42a0-9552-8cd18c2452fc",
                    "connect_timeout", "3",
                    "interval", "10",
                    "measurement_type", "PORT",
                    "name", "PORT.ssh.22",
                    "port", "22"),
                TEN),
            new Assignment.NamespaceProbe(
                NS,
                "PROC",
                "PROC.nsqd",
                Map.of(
                    "_id", "5ec7eda4-9118-4299-8702-8bcf52669889",
                    "bin_path", "/usr/bin/nsqd",
                    "interval", "10",
                    "measurement_type", "PROC",
                    "name", "PROC.nsqd"),
                TEN),
            Scripts.script(
                NS,
                "demo",
                "git@local:group/plugin-demo.git",
                "plugin-demo",
                List.of("a", "b"),
                TEN),
            new Assignment.JavaPlugin(
                NS,
                "test",
                Map.of(
                    "_id", "55880bc6-75ba-407a-aba3-7c4ab315d72f",
                    "interval", "30",
                    "measurement_type", "GOPLUGIN",
                    "name", "test"),
                Duration.ofSeconds(30)));
  }

  @Test
  void aJavaPluginsNameIsNotPrefixedTwice() {
    assertThat(
            parser
                .parse(
                    NS,
                    """
                    [{"measurement_type":"JAVAPLUGIN","name":"PLUGIN.x","interval":"10"}]""")
                .assignments())
        .singleElement()
        .isInstanceOfSatisfying(
            Assignment.JavaPlugin.class, plugin -> assertThat(plugin.name()).isEqualTo("x"));
  }

  @Test
  void ofTwoPluginsOfOneNameTheFirstStaysWhateverTheyAreWrittenIn() {
    AssignmentParser.Parsed parsed =
        parser.parse(
            NS,
            """
            [{"measurement_type":"GOPLUGIN","name":"x","interval":"10"},
             {"measurement_type":"PORT","name":"x","port":"1"},
             {"measurement_type":"PLUGIN","name":"PLUGIN.x","git":"path:a","interval":"10"},
             {"measurement_type":"PLUGIN","name":"y","git":"path:a","interval":"10"}]""");

    assertThat(parsed.rejected())
        .containsExactly(
            new RejectedItem(
                NS,
                "PLUGIN.x",
                "name: expected a name that no other plugin of the namespace has, found \"x\" again; it"
                    + " is taken by the Java plugin x",
                "path:a"));
    // what was refused takes no project either
    assertThat(parsed.assignments())
        .extracting(Assignment::key)
        .containsExactly("GOPLUGIN " + NS + " x", "PORT " + NS + " x", NS + "|a");
  }

  @Test
  void aScriptMayBePinnedAndStream() {
    assertThat(
            parser
                .parse(
                    NS,
                    """
                    [{"measurement_type":"PLUGIN","name":"x","git":"path:x","ref":"v1.2",
                      "mode":"stream","format":"influx"}]""")
                .assignments())
        .containsExactly(
            new Assignment.Script(
                NS,
                "x",
                "path:x",
                "x",
                List.of(),
                Duration.ofSeconds(60),
                "v1.2",
                true,
                OutputFormat.INFLUX,
                false));
  }

  /** What ran before goes on, and says what is wrong. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '~',
      textBlock =
          """
          --upload-pack=x ~ --upload-pack=x
          a/../b ~ a/../b
          a\\nb ~ a?b
          https://u:p@x ~ https://***@x
          """)
  void aReferenceThatCanBeNoneIsNoReasonToLeaveAPluginOut(String ref, String shown) {
    AssignmentParser.Parsed parsed =
        parser.parse(
            NS,
            """
            [{"measurement_type":"PLUGIN","name":"x","git":"path:x","interval":"10","ref":"%s"}]"""
                .formatted(ref));

    assertThat(parsed.rejected()).isEmpty();
    assertThat(((Assignment.Script) parsed.assignments().get(0)).ref()).isEqualTo(shown);
    assertThat(GitRef.isValid(shown)).isFalse();
  }

  @ParameterizedTest
  @CsvSource({
    "CPU,10",
    "MEM,10",
    "DISK,10",
    "NET,10",
    "PS,10",
    "HEALTH,10",
    "PROC,60",
    "PORT,60",
    "COREDUMP,60",
    "FS,300",
    "KERNEL,300",
    "TIME,300",
    "DEV,300",
  })
  void withoutAnIntervalATypeHasItsOwn(String type, int seconds) {
    String fields =
        "\"measurement_type\":\"" + type + "\",\"name\":\"x\",\"port\":\"1\",\"bin_path\":\"/x\"";
    for (String item : List.of("{" + fields + "}", "{" + fields + ",\"interval\":\"\"}")) {
      assertThat(parser.parse(NS, "[" + item + "]").assignments())
          .singleElement()
          .extracting(Assignment::interval)
          .isEqualTo(Duration.ofSeconds(seconds));
    }
  }

  @ParameterizedTest
  @CsvSource({"1,10", "9,10", "10,10", "' 11 ',11", "604800,604800"})
  void aShorterIntervalIsRaised(String given, int seconds) {
    assertThat(parser.parse(NS, "[" + plugin(given, "") + "]").assignments())
        .singleElement()
        .extracting(Assignment::interval)
        .isEqualTo(Duration.ofSeconds(seconds));
  }

  @Test
  void onlyAPluginRunsOnDemandOnly() {
    assertThat(parser.parse(NS, "[" + plugin("0", "") + "]").assignments())
        .singleElement()
        .extracting(Assignment::interval)
        .isEqualTo(Duration.ZERO);
  }

  @Test
  void aPluginsNameMayLackThePrefix() {
    String bare = plugin("10", "").replace("PLUGIN.demo", "demo");
    assertThat(parser.parse(NS, "[" + bare + "]"))
        .isEqualTo(parser.parse(NS, "[" + plugin("10", "") + "]"));
  }

  @Test
  void nullIsAsGoodAsNothing() {
    assertThat(
            parser
                .parse(NS, "[{\"measurement_type\":\"CPU\",\"name\":\"x\",\"interval\":null}]")
                .assignments())
        .containsExactly(host("CPU", 10));
  }

  @Test
  void aHostProbeOfManyNamesRunsAtTheShortestInterval() {
    assertThat(
            parser
                .parse(
                    NS,
                    """
                    [{"measurement_type":"NET","name":"net.in","interval":"30"},
                     {"measurement_type":"NET","name":"net.out","interval":"15"},
                     {"measurement_type":"NET","name":"net.speed","interval":"60"}]
                    """)
                .assignments())
        .containsExactly(host("NET", 15));
  }

  @ParameterizedTest
  @ValueSource(strings = {"&&", ";", "|", "<", ">", "`"})
  void whatOnlyAShellUnderstandsIsRefused(String refused) {
    assertThat(parser.parse(NS, "[" + plugin("10", "a " + refused + " b") + "]").rejected())
        .singleElement()
        .extracting(RejectedItem::reason)
        .asString()
        .startsWith("parameters: ")
        .endsWith("found " + refused);
  }

  @Test
  void parametersAreSplitAtBlanks() {
    assertThat(parser.parse(NS, "[" + plugin("10", "  a  -b=c&d\\t'e $f' ") + "]").assignments())
        .singleElement()
        .extracting(assignment -> ((Assignment.Script) assignment).parameters())
        .isEqualTo(List.of("a", "-b=c&d", "'e", "$f'"));
  }

  private static String plugin(String interval, String parameters) {
    return """
        {"measurement_type":"PLUGIN","name":"PLUGIN.demo","git":"path:demo","interval":"%s","parameters":"%s"}"""
        .formatted(interval, parameters);
  }

  private static Assignment host(String type, int seconds) {
    return HostProbes.probe(type, Duration.ofSeconds(seconds));
  }

  private static String captured() throws IOException {
    try (InputStream in =
        Objects.requireNonNull(
            AssignmentParserTest.class.getResourceAsStream("/wire/agent-resource.response.json"))) {
      return new ObjectMapper().readTree(in).path("data").toString();
    }
  }
}
