package io.loda.agent.assignment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.tuple;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What can't be read costs itself only, and the reason says what was expected and found. */
class BadItemTest {

  private static final String NS = "pool.loda";

  private final AssignmentParser parser = new AssignmentParser(Duration.ofSeconds(10));

  @ParameterizedTest
  @CsvSource(
      delimiter = '~',
      quoteCharacter = '§',
      textBlock =
          """
          {"name":"x","interval":"10"} ~ x ~ measurement_type: expected a value, found nothing
          {"measurement_type":"","name":"x"} ~ x ~ measurement_type: expected a value, found an empty string
          {"measurement_type":"cpu","name":"x"} ~ x ~ measurement_type: expected one of CGROUP, COREDUMP, CPU, DEV, DISK, FS, GOPLUGIN, HEALTH, JAVAPLUGIN, JVM, KERNEL, LOG, MEM, NET, PLUGIN, PORT, PRESSURE, PROC, PS, TIME, found "cpu"
          {"measurement_type":"GOPLUGIN","name":"x","interval":"soon"} ~ x ~ interval: expected seconds, 1…604800, found "soon"
          {"measurement_type":"GOPLUGIN","name":"x","interval":"0"} ~ x ~ interval: expected seconds, 1…604800, found "0"
          {"measurement_type":"GOPLUGIN","name":"x","interval":"-10"} ~ x ~ interval: expected seconds, 1…604800, found "-10"
          {"measurement_type":"GOPLUGIN","name":"x","interval":"10.5"} ~ x ~ interval: expected seconds, 1…604800, found "10.5"
          {"measurement_type":"GOPLUGIN","name":"x","interval":"10000000"} ~ x ~ interval: expected seconds, 1…604800, found "10000000"
          {"measurement_type":"GOPLUGIN","name":"x","interval":"99999999999999999999"} ~ x ~ interval: expected seconds, 1…604800, found "99999999999999999999"
          {"measurement_type":"CPU","name":"x","interval":10} ~ x ~ interval: expected a string, found 10
          {"measurement_type":"CPU","name":"x","interval":["10"]} ~ x ~ interval: expected a string, found ["10"]
          {"measurement_type":"PORT","name":"x"} ~ x ~ port: expected a value, found nothing
          {"measurement_type":"PORT","port":"22"} ~ item 2 ~ name: expected a value, found nothing
          {"measurement_type":"LOG","name":"x","file_path":"/log"} ~ x ~ pattern: expected a value, found nothing
          {"measurement_type":"LOG","name":"x","pattern":"a"} ~ x ~ file_path: expected a value, found nothing
          {"measurement_type":"GOPLUGIN","name":"x"} ~ x ~ interval: expected seconds, 1…604800, found nothing
          {"measurement_type":"PLUGIN","name":"x","interval":"10"} ~ x ~ git: expected a value, found nothing
          {"measurement_type":"PLUGIN","name":"x","git":"path:x"} ~ x ~ interval: expected seconds, 0…604800, found nothing
          {"measurement_type":"PLUGIN","name":"x","git":"path:x","interval":" "} ~ x ~ interval: expected seconds, 0…604800, found an empty string
          {"measurement_type":"PLUGIN","name":"x","git":"path:x","interval":"-1","mode":"stream"} ~ x ~ interval: expected seconds, 1…604800, found "-1"
          {"measurement_type":"PLUGIN","name":"PLUGIN.","git":"path:x","interval":"10"} ~ PLUGIN. ~ name: expected PLUGIN.<name>, found "PLUGIN."
          {"measurement_type":"PLUGIN","name":"a\\nb","git":"path:x","interval":"10"} ~ a?b ~ name: expected no line breaks or other control characters, found "a?b"
          {"measurement_type":"PROC","name":"a\\u001bb","bin_path":"/x"} ~ a?b ~ name: expected no line breaks or other control characters, found "a?b"
          {"measurement_type":"PLUGIN","name":"x","git":"nowhere","interval":"10"} ~ x ~ git: expected git@host:GROUP/REPO.git, ssh://…, https://…, git://…, file://… or path:DIR, found "nowhere"
          {"measurement_type":"PLUGIN","name":"x","git":"path:x","interval":"10","parameters":"a && b"} ~ x ~ parameters: expected arguments without && ; | < > ` (they don't go through a shell), found &&
          {"measurement_type":"PLUGIN","name":"x","git":"path:x","interval":"10","mode":"daemon"} ~ x ~ mode: expected run or stream, found "daemon"
          {"measurement_type":"PLUGIN","name":"x","git":"path:x","interval":"0","mode":"stream"} ~ x ~ interval: expected seconds or none for a stream, which runs for ever, found "0"
          {"measurement_type":"PLUGIN","name":"x","git":"path:x","mode":"stream","format":"json"} ~ x ~ format: expected ndjson or influx for a stream, whose lines are metrics, found "json"
          {"measurement_type":"PLUGIN","name":"x","git":"path:x","interval":"10","format":"xml"} ~ x ~ format: expected one of auto, json, ndjson, influx, found "xml"
          {"measurement_type":"PLUGIN","name":"x","git":"path:x","interval":"0","keep":"yes"} ~ x ~ keep: expected true or false, found "yes"
          {"measurement_type":"PLUGIN","name":"x","git":"path:x","interval":"10","keep":"true"} ~ x ~ keep: expected interval 0 with it, as only processes of runs on demand are kept
          "text" ~ item 2 ~ expected an object, found STRING
          null ~ item 2 ~ expected an object, found NULL
          ["CPU"] ~ item 2 ~ expected an object, found ARRAY
          {"measurement_type":"PLUGIN","name":"second","git":"git@b:other/first.git","interval":"10"} ~ second ~ git: expected a project name that the namespace has once, found "first" again; it is taken by git@a:group/first.git (first)
          {"measurement_type":"PLUGIN","name":"PLUGIN.first","git":"git@b:other/second.git","interval":"10"} ~ PLUGIN.first ~ name: expected a name that no other plugin of the namespace has, found "first" again; it is taken by git@a:group/first.git (first)
          {"measurement_type":"GOPLUGIN","name":"first","interval":"10"} ~ first ~ name: expected a name that no other plugin of the namespace has, found "first" again; it is taken by git@a:group/first.git (first)
          {"measurement_type":"PORT","name":"PORT.ssh.22","port":"23"} ~ PORT.ssh.22 ~ name: expected a name that the namespace has once, found it again
          """)
  void aBadItemIsLeftOutAlone(String item, String name, String reason) {
    String first =
        """
        {"measurement_type":"PLUGIN","name":"first","git":"git@a:group/first.git","interval":"10"}""";
    String last =
        """
        {"measurement_type":"PORT","name":"PORT.ssh.22","port":"22"}""";
    boolean lastComesFirst = item.contains("PORT.ssh.22");

    AssignmentParser.Parsed parsed =
        parser.parse(
            NS,
            lastComesFirst
                ? "[" + last + "," + item + "," + first + "]"
                : "[" + first + "," + item + "," + last + "]");

    assertThat(parsed.rejected())
        .extracting(RejectedItem::namespace, RejectedItem::name, RejectedItem::reason)
        .containsExactly(tuple(NS, name, reason));
    assertThat(parsed.assignments())
        .extracting(Assignment::name)
        .containsExactlyInAnyOrder("first", "PORT.ssh.22");
  }

  @Test
  void aReasonHoldsNoPassword() {
    String item =
        """
        {"measurement_type":"PLUGIN","name":"x","git":"%s://me:sEcReT@git.example/a/demo.git","interval":"10"}""";

    AssignmentParser.Parsed parsed =
        parser.parse(
            NS,
            "[%s,%s,%s]"
                .formatted(item.formatted("https"), item.formatted("ssh"), item.formatted("http")));

    assertThat(parsed.rejected())
        .hasSize(2)
        .allSatisfy(
            rejected ->
                assertThat(rejected.reason())
                    .contains("://***@git.example/a/demo.git")
                    .doesNotContain("sEcReT"));
  }

  @Test
  void aReasonIsOneShortLine() {
    String junk = "\\n" + "x".repeat(10_000);

    AssignmentParser.Parsed parsed =
        parser.parse(
            NS,
            "[{\"measurement_type\":\"%s\",\"name\":\"%s\"},{\"name\":[\"%s\"]}]"
                .formatted(junk, junk, junk));

    assertThat(parsed.rejected())
        .hasSize(2)
        .allSatisfy(item -> assertThat(item.toString()).hasSizeLessThan(600).hasLineCount(1));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "{}", "null", "\"text\"", "[", "[{]", "[] []", "<html>"})
  void whatIsNoListIsNoAnswer(String text) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> parser.parse(NS, text))
        .withMessageStartingWith("expected ");
  }
}
