package io.loda.agent.source.script;

import static org.assertj.core.api.Assertions.assertThat;

import io.loda.agent.config.AgentConfig;
import io.loda.agent.config.PluginsConfig;
import io.loda.agent.plugin.Metric;
import io.loda.agent.source.script.result.RunResult;
import io.loda.agent.source.script.user.PluginUser;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PluginRunTest {

  private Path folder;
  private ScriptRuns runs;

  @BeforeEach
  void start(@TempDir Path temporary) throws Exception {
    folder = temporary;
    runs = new ScriptRuns(folder);
  }

  @AfterEach
  void close() throws Exception {
    runs.close();
  }

  @Test
  void metricsComeFromStandardOutput() throws Exception {
    RunResult result =
        runs.script(
            "echo '[{\"name\":\"answer\",\"timestamp\":1700000000,\"tags\":{\"a\":\"b\"},\"value\":42},'",
            "echo ' {\"name\":\"more\",\"value\":1.5}]'");

    assertThat(result.outcome()).as(result.toString()).isEqualTo(RunResult.Outcome.OK);
    assertThat(result.exitCode()).isZero();
    assertThat(result.metrics())
        .containsExactly(
            new Metric("answer", 1_700_000_000, Map.of("a", "b"), 42L),
            new Metric("more", 0, Map.of(), 1.5));
    assertThat(result.outputBytes()).isGreaterThan(100);
    assertThat(result.duration()).isPositive();
  }

  @Test
  void noOutputIsGood() throws Exception {
    RunResult result = runs.script("echo ' '");

    assertThat(result.ok()).as(result.toString()).isTrue();
    assertThat(result.metrics()).isEmpty();
  }

  @Test
  void argumentsArriveUnchangedAndThroughNoShell() throws Exception {
    Path touched = runs.scratch().resolve("x");
    String[] arguments = {
      "$(touch " + touched + ")", "`id`", "\"quoted\"", "it's", "*", "/*", "a\\b", "$HOME", "-n"
    };

    RunResult result =
        runs.run(runs.plugin("for a in \"$@\"; do printf '%s\\n' \"$a\" >&2; done"), arguments);

    assertThat(result.stderr().lines()).containsExactly(arguments);
    assertThat(touched).doesNotExist();
  }

  @Test
  void environmentIsCleanButForWhatIsPromised() throws Exception {
    RunResult result = runs.script("tr '\\0' '\\n' </proc/$$/environ >&2");

    Map<String, String> environment =
        result
            .stderr()
            .lines()
            .map(line -> line.split("=", 2))
            .collect(Collectors.toMap(pair -> pair[0], pair -> pair[1]));
    assertThat(environment)
        .containsOnlyKeys(
            "PATH",
            "HOME",
            "LANG",
            "PLUGIN_NAME",
            "PLUGIN_NAMESPACE",
            "PLUGIN_INTERVAL",
            "PLUGIN_RUN",
            "PLUGIN_SCRATCH",
            "TEST_RUN")
        .containsEntry("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin")
        .containsEntry("HOME", runs.user.home())
        .containsEntry("LANG", "C.UTF-8")
        .containsEntry("PLUGIN_NAME", "demo")
        .containsEntry("PLUGIN_NAMESPACE", "my.ns")
        .containsEntry("PLUGIN_INTERVAL", "10");
  }

  @Test
  void environmentOfTheConfigurationCannotReplaceWhatTheAgentSays() throws Exception {
    try (ScriptRuns others =
        new ScriptRuns(
            folder,
            new PluginsConfig(folder.resolve("others"))
                .env("PLUGIN_NAME", "other")
                .env("PROXY", "a proxy"))) {
      assertThat(others.script("echo \"$PLUGIN_NAME $PROXY\" >&2").stderr())
          .isEqualTo("demo a proxy\n");
    }
  }

  @Test
  void runsInItsFolderWithNothingToReadAndASessionOfItsOwn() throws Exception {
    Path plugin =
        runs.plugin("pwd -P >&2", "wc -c >&2", "cut -d' ' -f1,6 /proc/$$/stat >&2", "umask >&2");

    List<String> lines = runs.run(plugin).stderr().lines().toList();

    assertThat(lines.get(0)).isEqualTo(plugin.toRealPath().toString());
    assertThat(lines.get(1)).isEqualTo("0");
    String[] pidAndSession = lines.get(2).split(" ", -1);
    assertThat(pidAndSession[1]).isEqualTo(pidAndSession[0]);
    assertThat(lines.get(3)).endsWith("22");
  }

  @Test
  void rootRunsItAsThePluginsUserAndOthersAsThemselves() throws Exception {
    String status = runs.script("cat /proc/$$/status >&2").stderr();

    long uid = ScriptRuns.ROOT ? runs.user.uid() : PluginUser.ownUid();
    assertThat(line(status, "Uid")).containsOnly(Long.toString(uid));
    if (ScriptRuns.ROOT) {
      assertThat(uid).isNotZero();
      assertThat(line(status, "Gid")).containsOnly(runs.user.groups().get(0).toString());
      assertThat(line(status, "Groups"))
          .containsExactlyInAnyOrderElementsOf(
              runs.user.groups().stream().map(Object::toString).toList());
      assertThat(line(status, "NoNewPrivs")).containsExactly("1");
      assertThat(line(status, "CapEff")).containsExactly("0000000000000000");
    }
  }

  @Test
  void limitsAreSet() throws Exception {
    try (ScriptRuns limited =
        new ScriptRuns(
            folder,
            new PluginsConfig(folder.resolve("limited"))
                .limits(
                    new AgentConfig.Limits(
                        Duration.ofSeconds(7), 1L << 30, 512L << 20, 64, 50, 1024 * 1024)))) {
      List<String> lines = limited.script("cat /proc/$$/limits >&2").stderr().lines().toList();

      assertThat(lines).anyMatch(line -> line.matches("Max cpu time +7 +8 .*"));
      assertThat(lines)
          .anyMatch(line -> line.matches("Max address space +536870912 +536870912 .*"));
      assertThat(lines).anyMatch(line -> line.matches("Max open files +64 +64 .*"));
      assertThat(lines).anyMatch(line -> line.matches("Max file size +1048576 +1048576 .*"));
      assertThat(lines).anyMatch(line -> line.matches("Max core file size +0 +0 .*"));
      // those of another user are the plugins' alone; one's own count with what runs already
      assertThat(lines)
          .anyMatch(
              line ->
                  line.matches("Max processes +" + (ScriptRuns.ROOT ? "50 +50" : "\\d+") + " .*"));
    }
  }

  @Test
  void hasNoCapabilitiesAndIsTheFirstToGoWhereMemoryRunsOut() throws Exception {
    assertThat(runs.script("cat /proc/self/oom_score_adj >&2").stderr()).isEqualTo("1000\n");
    if (ScriptRuns.ROOT) {
      assertThat(runs.script("grep -E '^(Cap|NoNew)' /proc/self/status >&2").stderr().lines())
          .containsExactly(
              "CapInh:\t0000000000000000",
              "CapPrm:\t0000000000000000",
              "CapEff:\t0000000000000000",
              "CapBnd:\t0000000000000000",
              "CapAmb:\t0000000000000000",
              "NoNewPrivs:\t1");
    }
  }

  @Test
  void exitCodeIsAFailure() throws Exception {
    RunResult result = runs.script("echo '[{\"name\":\"a\",\"value\":1}]'", "exit 3");

    assertThat(result.outcome()).isEqualTo(RunResult.Outcome.EXIT);
    assertThat(result.exitCode()).isEqualTo(3);
    assertThat(result.detail()).isEqualTo("ended with exit code 3");
    assertThat(result.metrics()).isEmpty();
  }

  @Test
  void signalIsAFailureThatNamesIt() throws Exception {
    RunResult result = runs.script("kill -SEGV $$");

    assertThat(result.outcome()).isEqualTo(RunResult.Outcome.EXIT);
    assertThat(result.detail()).isEqualTo("ended by signal 11");
  }

  @Test
  void pluginCanOpenItsStandardOutputAndErrorByName() throws Exception {
    RunResult result =
        runs.script("echo oops >/dev/stderr", "echo '[{\"name\":\"a\",\"value\":1}]' >/dev/stdout");

    assertThat(result.ok()).as(result.toString()).isTrue();
    assertThat(result.stderr()).isEqualTo("oops\n");
    assertThat(result.metrics()).hasSize(1);
  }

  @Test
  void pluginShGoesBeforePlugin() throws Exception {
    Path plugin = runs.plugin("echo first >&2");
    ScriptRuns.write(plugin.resolve("plugin"), "#!/bin/sh", "echo second >&2");
    assertThat(runs.run(plugin).stderr()).isEqualTo("first\n");

    Files.delete(plugin.resolve("plugin.sh"));
    assertThat(runs.run(plugin).stderr()).isEqualTo("second\n");
  }

  @Test
  void pluginCannotWriteItsFolderWhenItBelongsToRoot() throws Exception {
    Path plugin = runs.plugin("echo x >file");
    Files.setPosixFilePermissions(plugin, PosixFilePermissions.fromString("rwxr-xr-x"));

    assertThat(runs.run(plugin).ok()).isEqualTo(!ScriptRuns.ROOT);
  }

  private static List<String> line(String status, String name) {
    String line =
        status.lines().filter(l -> l.startsWith(name + ":")).findFirst().orElse("none: none");
    return List.of(line.substring(line.indexOf(':') + 1).strip().split("\\s+"));
  }
}
