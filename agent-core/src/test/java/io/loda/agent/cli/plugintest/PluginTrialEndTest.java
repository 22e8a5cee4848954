package io.loda.agent.cli.plugintest;

import static org.assertj.core.api.Assertions.assertThat;

import io.loda.common.files.Processes;
import java.io.IOException;
import java.nio.file.Files;
import org.junit.jupiter.api.Test;

/** When what {@code agent plugin test} runs ends, and what it leaves. */
final class PluginTrialEndTest extends PluginTrialFixture {

  @Test
  void aStreamIsRunForAnInterval() throws IOException {
    script(
        "#!/bin/sh",
        "env -i setsid sleep 1000 &",
        "echo 'm value=1 1700000000'; echo 'bad value=x'; echo a remark >&2",
        "exec sleep 1000");

    assertThat(test("--mode", "stream", "--interval", "5s", "--set", "plugins.min-interval=1s"))
        .isZero();
    assertThat(said("note"))
        .anyMatch(line -> line.startsWith("a stream: this test runs it for 5.0 s"));
    assertThat(said("point"))
        .hasSize(2)
        .anyMatch(line -> line.startsWith("collect.test PLUGIN.demo.m,host=web1 value=1 "))
        .anyMatch(line -> line.startsWith("collect.test plugin.demo,"));
    assertThat(said("refused")).singleElement().asString().startsWith("line 2, ");
    assertThat(said("stderr")).containsExactly("a remark");
    assertThat(said("result"))
        .singleElement()
        .asString()
        .startsWith("ok; exit code ")
        .contains("1 metric, 1 refused, 0 processes left over");
    assertThat(said("warning")).containsExactly(notBelowARoot());
  }

  @Test
  void eachThatAStreamHasRefusedIsShown() throws IOException {
    script("#!/bin/sh", "printf 'bad value=x\\nm value=1\\nworse value=\\n'; exec sleep 1000");

    assertThat(test("--mode", "stream", "--interval", "1s", "--set", "plugins.min-interval=1s"))
        .isZero();
    assertThat(said("refused"))
        .satisfiesExactly(
            first -> assertThat(first).startsWith("line 1, "),
            second -> assertThat(second).startsWith("line 3, "));
    assertThat(out.toString()).doesNotContain("test|tested");
  }

  @Test
  void aStreamThatEndsIsToldWhatTheAgentDoesThen() throws IOException {
    script("#!/bin/sh", "exit 3");

    assertThat(test("--mode", "stream")).isEqualTo(1);
    assertThat(said("warning")).anyMatch(line -> line.startsWith("it ended by itself; "));
    assertThat(said("result")).singleElement().asString().startsWith("exit: ");
    assertThat(test("--mode", "tide")).isEqualTo(2);
  }

  @Test
  void oneThatDoesNotEndIsToldSo() throws IOException {
    script("#!/bin/sh", "echo so far", "sleep 1000");

    assertThat(test("--interval", "1s", "--set", "plugins.min-interval=1s")).isEqualTo(1);
    assertThat(said("result")).singleElement().asString().startsWith("timeout: ");
    assertThat(said("warning"))
        .anyMatch(line -> line.contains("doesn't end within its interval of 1 s"))
        .anyMatch(line -> line.contains("mode = stream"));
  }

  @Test
  void whatAnAgentWouldLetGoOnIsEndedAndSaid() throws IOException {
    script(
        "#!/bin/sh", "setsid sleep 1000 </dev/null >/dev/null 2>&1 &", "echo $! >&2", "echo '[]'");

    assertThat(
            testOf(
                "{ measurement_type = PLUGIN, name = PLUGIN.keeper, git = \"path:"
                    + plugin
                    + "\", interval = 0, keep = \"true\" }"))
        .as(out + "" + err)
        .isZero();

    assertThat(said("warning"))
        .contains(
            "it left 1 process running: ended, as a test keeps nothing; the agent keeps them");
    assertThat(said("result")).singleElement().asString().contains("1 process left over");
    long pid = Long.parseLong(said("stderr").get(0));
    assertThat(ProcessHandle.of(pid).filter(process -> Processes.runs(pid))).isEmpty();
  }

  private String notBelowARoot() {
    return "path: would refuse it on this host: "
        + plugin
        + ": lies below none of [/opt] (plugins.local-roots); move it there, or add its folder to"
        + " that key";
  }

  @Test
  void whatARunTakesAndLeavesIsShown() throws IOException {
    script(
        "#!/bin/sh",
        "i=0; while [ $i -lt 300000 ]; do i=$((i + 1)); done",
        "sleep 1000 & env -i setsid sleep 1000 &",
        "echo '[{\"name\":\"m\",\"value\":1}]'");

    assertThat(test()).isZero();
    assertThat(said("result"))
        .singleElement()
        .asString()
        .containsPattern("CPU [1-9][0-9]* ms, memory [1-9][0-9]* kB, ")
        .endsWith("2 processes left over");
    assertThat(said("warning")).contains("it left 2 processes running: ended");
  }

  @Test
  void thePolicyHoldsHereToo() throws IOException {
    script("#!/bin/sh", "sleep 1000");
    Files.writeString(folder.resolve("policy.conf"), "max-timeout = 1s");

    assertThat(test()).isEqualTo(1);
    assertThat(said("found")).singleElement().asString().endsWith("for at most 1.0 s");
    assertThat(said("result")).singleElement().asString().startsWith("timeout: ");
  }
}
