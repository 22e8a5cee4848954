package io.loda.agent.cli.plugintest;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import org.junit.jupiter.api.Test;

/** What {@code agent plugin test} shows of a run. */
final class PluginTestCommandTest extends PluginTrialFixture {

  @Test
  void pointsAreShownAsTheyWouldBeSent() throws IOException {
    script(
        "#!/bin/sh",
        "echo \"[{\\\"name\\\":\\\"m\\\",\\\"timestamp\\\":1700000000,\\\"value\\\":1,"
            + "\\\"tags\\\":{\\\"a\\\":\\\"$*\\\",\\\"e\\\":\\\"$PLUGIN_NAMESPACE"
            + " $PLUGIN_NAME $PLUGIN_INTERVAL\\\"}}]\"",
        "echo a remark >&2");

    assertThat(test("--ns", "my.ns", "--name", "demo", "--param", "x  y", "--interval", "1m"))
        .isZero();
    assertThat(said("point"))
        .hasSize(2)
        .contains("collect.my.ns PLUGIN.demo.m,a=x-y,e=my.ns-demo-60,host=web1 value=1 1700000000")
        .anyMatch(line -> line.startsWith("collect.my.ns plugin.demo,") && line.contains("ok"));
    assertThat(said("stderr")).containsExactly("a remark");
    assertThat(said("result")).singleElement().asString().startsWith("ok; exit code 0, ");
    assertThat(said("found"))
        .singleElement()
        .asString()
        .startsWith("plugin.sh in " + plugin)
        .endsWith("for at most 59.5 s");
  }

  @Test
  void itIsShownInTheOutputsFormat() throws IOException {
    Files.writeString(
        folder.resolve("agent.conf"),
        "outputs { q { type = nsq, servers = [\"127.0.0.1:1\"], format = loda-json,"
            + " topic-prefix = t. } }");
    script("#!/bin/sh", "echo '[{\"name\":\"m\",\"timestamp\":1700000000,\"value\":1}]'");

    assertThat(test()).isZero();
    assertThat(said("point"))
        .anyMatch(line -> line.startsWith("t.test {\"database\":\"t.test\"") && line.endsWith("}"));
  }

  @Test
  void everyRefusedItemIsShownWithItsReason() throws IOException {
    script(
        "#!/bin/sh",
        "echo '[{\"name\":\"m\",\"value\":1},{\"value\":1},{\"name\":\"n\"},"
            + "{\"name\":\"o\",\"value\":[]},{\"name\":\"p\",\"value\":null},7]'");

    assertThat(test()).isZero();
    assertThat(said("refused")).hasSize(5).allMatch(line -> line.matches("item [2-6]: .*"));
    assertThat(said("result")).singleElement().asString().contains(", 1 metric, 5 refused");
  }

  @Test
  void whatProductionCallsFailedEndsWith1() throws IOException {
    script("#!/bin/sh", "echo it is broken >&2", "exit 3");
    assertThat(test()).isEqualTo(1);
    assertThat(said("result")).singleElement().asString().startsWith("exit: ");
    assertThat(said("stderr")).containsExactly("it is broken");

    script("#!/bin/sh", "echo 'no json'");
    assertThat(test()).isEqualTo(1);

    Files.delete(plugin.resolve("plugin.sh"));
    assertThat(test()).isEqualTo(1);
    assertThat(said("found").get(2)).startsWith("neither plugin.sh nor plugin");
    assertThat(said("warning")).anyMatch(line -> line.contains("has to be built first"));
  }

  @Test
  void ofManyLinesTheFirstAreShownAndHowManyMoreThereAre() throws IOException {
    script(
        "#!/bin/sh",
        "awk 'BEGIN { printf \"[{\\\"name\\\":\\\"m\\\",\\\"value\\\":1}\";"
            + " for (i = 0; i < 20097; i++) printf \",{}\"; print \"]\" }'");

    assertThat(test()).isZero();
    assertThat(said("refused")).hasSize(101).endsWith("and 19,997 more (--all shows them)");
    assertThat(said("result")).singleElement().asString().contains(", 20097 refused, ");

    out.getBuffer().setLength(0);
    assertThat(test("--all")).isZero();
    assertThat(said("refused")).hasSize(20097);
  }

  @Test
  void aStringThatIsANumberAndAKeyThatIsTooLongAreWarnedOf() throws IOException {
    script(
        "#!/bin/sh",
        "long=$(head -c 33000 /dev/zero | tr '\\0' x)",
        "echo \"[{\\\"name\\\":\\\"m\\\",\\\"value\\\":\\\"5\\\"},"
            + "{\\\"name\\\":\\\"n\\\",\\\"value\\\":\\\"fine\\\"},"
            + "{\\\"name\\\":\\\"k\\\",\\\"value\\\":1,\\\"tags\\\":{\\\"a\\\":\\\"$long\\\",\\\"b\\\":\\\"$long\\\"}}]\"");

    assertThat(test()).isZero();
    assertThat(said("warning"))
        .hasSize(3)
        .anyMatch(
            line -> line.startsWith("PLUGIN.demo.m: value is the string \"5\", which is sent"))
        .anyMatch(
            line -> line.matches("PLUGIN.demo.k: its name, .* have 660\\d\\d bytes; .* 65535"));
  }

  @Test
  void itIsRunAsOftenAsIsAskedForAndShownAsItPrints() throws IOException {
    script(
        "#!/bin/sh",
        "echo x >>$PLUGIN_SCRATCH/runs; n=$(wc -l <$PLUGIN_SCRATCH/runs)",
        "echo \"m value=$n 1700000000\"");

    assertThat(test("--repeat", "3", "--raw")).isZero();
    assertThat(said("raw"))
        .containsExactly("m value=1 1700000000", "m value=2 1700000000", "m value=3 1700000000");
    assertThat(said("result")).hasSize(3);
    assertThat(said("point")).anyMatch(line -> line.endsWith(" value=3 1700000000"));
    assertThat(test("--repeat", "0")).isEqualTo(2);
  }

  @Test
  void aBadOutputIsShown() throws IOException {
    script("#!/bin/sh", "echo '[1,'");

    assertThat(test()).isEqualTo(1);
    assertThat(said("stdout")).containsExactly("[1,");
  }
}
